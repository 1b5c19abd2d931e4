"""Frames of a video, one at a time, and a person's keypoints in them by any top-down model."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from torch import nn
from tqdm import tqdm

from mmpose_stable.engine.keypoint_count import other_keypoints
from mmpose_stable.model_files import keypoint_names

# Fewer have no acceleration.
MIN_FRAMES = 3


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
        capture = _open(self.path)
        for _ in itertools.count() if limit is None else range(limit):
            read, frame = capture.read()
            if not read:
                return
            yield frame


def _open(path: Path) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(str(path))
    # Frames come upright, as the metadata say; else OpenCV leaves them as filmed.
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def open_video(path: Path, limit: int | None = None) -> Video:
    """Look at a video's header and its first frames.

    Args:
        limit: Use only this many frames from the start.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'video: expected a file, got {str(path)!r}')
    if limit is not None and limit < MIN_FRAMES:
        raise ValueError(f'--max-frames: expected at least {MIN_FRAMES}, got {limit}')
    capture = _open(path)
    fps, length = capture.get(cv2.CAP_PROP_FPS), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    video = Video(path, 0, 0, fps, length)
    first = list(video.frames(MIN_FRAMES))
    if len(first) < MIN_FRAMES:
        raise ValueError(
            f'video: OpenCV can read {len(first)} frames of {str(path)!r}, expected at least '
            f'{MIN_FRAMES}'
        )
    if not fps > 0:
        raise ValueError(f'video: {str(path)!r} does not say how many frames it has a second')
    if length < MIN_FRAMES:
        # Streams carry no count; the frames have to be counted.
        length = sum(1 for _ in video.frames(limit))
    height, width = first[0].shape[:2]
    return Video(path, width, height, fps, length if limit is None else min(length, limit))


def predict_track(model: nn.Module, video: Video, boxes: np.ndarray, title: str) -> np.ndarray:
    """Predict one person through the model's own test pipeline.

    Args:
        boxes: (T, 4) x1, y1, x2, y2 in pixels of the frame; NaN for frames to leave out.
        title: Name of the model, for the bar of progress.

    Returns:
        (T, K, 2) in pixels of the frame, NaN in frames without a box. T is smaller than the number
        of boxes if the video ends earlier.
    """
    from mmpose.apis import inference_topdown  # with its inferencers, so only here

    names = keypoint_names(model)
    keypoints = []
    frames = tqdm(video.frames(len(boxes)), title, len(boxes), unit='frame')
    for frame, box in zip(frames, boxes, strict=False):
        found = np.full((len(names), 2), np.nan)
        if not np.isnan(box).any():
            (sample,) = inference_topdown(model, frame, box[None].astype(np.float32))
            found = sample.pred_instances.keypoints[0]
        if len(found) != len(names):
            raise ValueError(other_keypoints(len(names), len(found)))
        keypoints.append(found)
    return np.array(keypoints, np.float64)
