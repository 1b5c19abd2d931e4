"""Frames of a video, one at a time, and a person's keypoints in them by any top-down model."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn
from tqdm import tqdm

from mmpose_stable.model_files import keypoint_names
from mmpose_stable.robustness.jitter.measure import MIN_FRAMES


@dataclass(frozen=True)
class Video:
    """A video file that can be read.

    Attributes:
        length: How many frames are going to be read, as the file's header promises.
    """

    path: Path
    width: int
    height: int
    fps: float
    length: int

    def frames(self, limit: int | None) -> Iterator[np.ndarray]:
        """Yield frames (H, W, 3) uint8 BGR, upright, from the start, at most ``limit``."""
        capture = open_capture(self.path)
        try:
            for _ in itertools.count() if limit is None else range(limit):
                read, frame = capture.read()
                if not read:
                    return
                yield frame
        finally:
            capture.release()


def open_capture(path: Path) -> cv2.VideoCapture:
    """Open a video whose frames come upright, as its metadata say; OpenCV leaves them as filmed."""
    capture = cv2.VideoCapture(str(path))
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def open_video(path: Path, limit: int | None = None) -> Video:
    """Look at a video's header and its first frames."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'video: expected a file, got {str(path)!r}')
    if limit is not None and limit < MIN_FRAMES:
        raise ValueError(f'--max-frames: expected at least {MIN_FRAMES}, got {limit}')
    capture = open_capture(path)
    fps, length = capture.get(cv2.CAP_PROP_FPS), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    video = Video(path, 0, 0, fps, length)
    first = list(video.frames(MIN_FRAMES))
    if not first:
        raise ValueError(f'video: OpenCV cannot read a frame of {str(path)!r}')
    if len(first) < MIN_FRAMES:
        raise ValueError(
            f'video: {str(path)!r} has {len(first)} frames, expected at least {MIN_FRAMES}'
        )
    if not fps > 0:
        raise ValueError(f'video: {str(path)!r} does not say how many frames it has a second')
    if length < MIN_FRAMES:
        # Streams carry no count; the frames have to be counted.
        length = sum(1 for _ in video.frames(limit))
    height, width = first[0].shape[:2]
    return Video(path, width, height, fps, length if limit is None else min(length, limit))


def predict_track(
    model: nn.Module, video: Video, boxes: np.ndarray, batch_size: int, title: str
) -> tuple[np.ndarray, np.ndarray]:
    """Predict one person through the model's own test pipeline.

    Args:
        boxes: (T, 4) x1, y1, x2, y2 in pixels of the frame; NaN for frames to leave out.

    Returns:
        Keypoints (T, K, 2) in pixels of the frame and scores (T, K), NaN in frames without a box.
        T is smaller than the number of boxes if the video ends earlier.
    """
    init_default_scope(model.cfg.get('default_scope', 'mmpose'))
    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    names = keypoint_names(model)
    keypoints = np.full((len(boxes), len(names), 2), np.nan)
    scores = np.full((len(boxes), len(names)), np.nan)
    frames = enumerate(zip(boxes, video.frames(len(boxes)), strict=False))
    count = 0
    with tqdm(total=len(boxes), desc=title, unit='frame') as progress:
        while batch := list(itertools.islice(frames, batch_size)):
            count += len(batch)
            progress.update(len(batch))
            known = [(at, box, frame) for at, (box, frame) in batch if not np.isnan(box).any()]
            data = [
                pipeline(
                    {
                        'img': frame,
                        'bbox': box[None].astype(np.float32),
                        'bbox_score': np.ones(1, np.float32),
                        **model.dataset_meta,
                    }
                )
                for _, box, frame in known
            ]
            with torch.no_grad():
                samples = model.test_step(pseudo_collate(data)) if data else []
            for (at, *_), sample in zip(known, samples, strict=True):
                found = sample.pred_instances.keypoints[0]
                if len(found) != len(names):
                    raise ValueError(
                        f'{title}: the model predicts {len(found)} keypoints, the metadata of '
                        f'its data set names {len(names)} ({", ".join(names)}); set '
                        '`test_dataloader.dataset.metainfo` or '
                        '`model.test_cfg.output_keypoint_indices`'
                    )
                keypoints[at], scores[at] = found, sample.pred_instances.keypoint_scores[0]
    return keypoints[:count], scores[:count]
