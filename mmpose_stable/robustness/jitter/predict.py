"""One person's keypoints in every frame of a video, by any top-down model of MMPose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import CheckpointLoader
from mmpose.apis import init_model
from torch import nn
from tqdm import tqdm

from mmpose_stable.robustness.jitter.video import Video


class ModelFilesError(ValueError):
    """A config or checkpoint that cannot be used; the message names the file."""


def load_model(config: Path, checkpoint: Path, device: str) -> nn.Module:
    """Build a model from a config file and load a checkpoint.

    Raises:
        ModelFilesError: The config has no test pipeline, or the checkpoint lacks weights of the
            model or has others. MMPose would leave those random and only log it.
    """
    model = init_model(str(config), str(checkpoint), device=device)
    if not (model.cfg.get('test_dataloader') or {}).get('dataset', {}).get('pipeline'):
        raise ModelFilesError(f'config: {config} has no `test_dataloader.dataset.pipeline`')
    content = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')
    state = content.get('state_dict', content)
    # Checkpoints of distributed training carry the wrapper's name.
    state = {name.removeprefix('module.'): value for name, value in state.items()}
    try:
        missing = model.load_state_dict(state, strict=False).missing_keys
    except RuntimeError as error:
        raise ModelFilesError(f'checkpoint: {checkpoint} does not fit {config}: {error}') from error
    missing = [name for name in missing if not name.endswith('num_batches_tracked')]
    if missing:
        raise ModelFilesError(
            f'checkpoint: {checkpoint} lacks {len(missing)} weights of the model in {config}, '
            f'the first of them {missing[0]!r}; is it of another config?'
        )
    return model


def keypoint_names(model: nn.Module) -> list[str]:
    """Return the names of a model's keypoints in their order."""
    by_id = model.dataset_meta['keypoint_id2name']
    return [by_id[at] for at in sorted(by_id)]


def predict_track(
    model: nn.Module, video: Video, boxes: np.ndarray, batch_size: int, title: str
) -> tuple[np.ndarray, np.ndarray]:
    """Predict one person through the model's own test pipeline.

    Args:
        model: What :func:`load_model` returns.
        video: Its first T frames are read, ``batch_size`` at a time.
        boxes: (T, 4) x1, y1, x2, y2 in pixels of the frame; NaN for frames to leave out.
        batch_size: Frames in a forward pass.
        title: Shown beside the progress bar.

    Returns:
        Keypoints (T, K, 2) in pixels of the frame and scores (T, K), NaN in frames without a box.
        T is smaller than the number of boxes if the video ends earlier.
    """
    init_default_scope(model.cfg.get('default_scope', 'mmpose'))
    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    count = len(keypoint_names(model))
    keypoints, scores = [], []
    frames = zip(boxes, video.frames(len(boxes)), strict=False)
    with tqdm(total=len(boxes), desc=title, unit='frame') as progress:
        while batch := list(islice(frames, batch_size)):
            found = iter(_predict(model, pipeline, [b for b in batch if not np.isnan(b[0]).any()]))
            for box, _ in batch:
                missing = np.isnan(box).any()
                points, score = _nothing(count) if missing else next(found)
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
