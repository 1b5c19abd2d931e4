"""One person's keypoints in every frame of a video, by any top-down model of MMPose."""

from __future__ import annotations

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
    keypoints = np.full((len(boxes), len(names), 2), np.nan)
    scores = np.full((len(boxes), len(names)), np.nan)
    frames = enumerate(zip(boxes, video.frames(len(boxes)), strict=False))
    count = 0
    with tqdm(total=len(boxes), desc=title, unit='frame') as progress:
        while batch := list(islice(frames, batch_size)):
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
