"""One person's keypoints in every frame of a video, by any top-down model of MMPose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn
from tqdm import tqdm

from mmpose_stable.model_files import keypoint_names
from mmpose_stable.robustness.jitter.video import Video


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
    keypoints, scores = [], []
    frames = zip(boxes, video.frames(len(boxes)), strict=False)
    with tqdm(total=len(boxes), desc=title, unit='frame') as progress:
        while batch := list(islice(frames, batch_size)):
            found = iter(_predict(model, pipeline, [b for b in batch if not np.isnan(b[0]).any()]))
            for box, _ in batch:
                missing = np.isnan(box).any()
                points, score = _nothing(len(names)) if missing else next(found)
                if len(points) != len(names):
                    raise ValueError(
                        f'{title}: the model predicts {len(points)} keypoints, the metadata of '
                        f'its data set names {len(names)} ({", ".join(names)}); set '
                        '`test_dataloader.dataset.metainfo` or '
                        '`model.test_cfg.output_keypoint_indices`'
                    )
                keypoints.append(points)
                scores.append(score)
            progress.update(len(batch))
    return np.stack(keypoints), np.stack(scores)


def _predict(
    model: nn.Module, pipeline: Callable, batch: Sequence[tuple[np.ndarray, np.ndarray]]
) -> list[tuple[np.ndarray, np.ndarray]]:
    if not batch:
        return []
    data = [
        pipeline(
            {
                'img': frame,
                'bbox': box[None].astype(np.float32),
                'bbox_score': np.ones(1, np.float32),
                **model.dataset_meta,
            }
        )
        for box, frame in batch
    ]
    with torch.no_grad():
        samples = model.test_step(pseudo_collate(data))
    people = [sample.pred_instances for sample in samples]
    return [(person.keypoints[0], person.keypoint_scores[0]) for person in people]


def _nothing(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((count, 2), np.nan), np.full(count, np.nan)
