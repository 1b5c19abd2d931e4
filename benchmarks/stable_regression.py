"""What stable heatmap regression costs beside what it replaces, as ratios of one run on one thread.

Row-column correlation against a ResNet-50 forward pass, and a training step of two views against a
plain step; codecs have benchmarks of their own. Times are of the processor, the best of several
alternating repeats, so that a busy machine disturbs the ratios little.
"""

from __future__ import annotations

# First: it lets MMPose's models import without MMCV's operators.
import mmpose_stable.estimators  # noqa: F401

# isort: split
import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData
from mmpose.models.backbones import ResNet
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from tqdm import tqdm

from mmpose_stable.engine.memory import keep_freed_memory
from mmpose_stable.layers.row_column_correlation import (
    log_row_column_correlation,
    row_column_correlation,
)

SIZE, MAP = (256, 256), (64, 64)
NUM_KEYPOINTS = 21
STEP = 'step, 2 views with MST'


def compare(tasks: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the best processor time in ms of each task, taking turns."""
    best = dict.fromkeys(tasks, float('inf'))
    for run in tasks.values():
        run()
    for _ in tqdm(range(repeats), desc=next(iter(tasks)), leave=False):
        for name, run in tasks.items():
            start = time.process_time()
            run()
            best[name] = min(best[name], 1e3 * (time.process_time() - start))
    return best


@torch.no_grad()
def correlation(repeats: int) -> dict[str, float]:
    """Time row-column correlation and a ResNet-50 forward pass of the same pictures."""
    backbone = ResNet(50)
    backbone.eval()
    pictures = torch.rand(2, 3, *SIZE)
    maps = torch.rand(2, NUM_KEYPOINTS, *MAP)
    return compare(
        {
            'RCC': lambda: row_column_correlation(maps),
            'RCC in the log domain': lambda: log_row_column_correlation(maps.log()),
            'ResNet-50': lambda: backbone(pictures),
        },
        repeats,
    )


def step(num_views: int) -> Callable[[], object]:
    """Return a training step of a ResNet-18 with deconvolutions on a batch of 4."""
    codec = KEYPOINT_CODECS.build(
        {'type': 'MSRAHeatmap', 'input_size': SIZE, 'heatmap_size': MAP, 'sigma': 2}
    )
    views = {
        'type': 'StabilityTrainedPoseEstimator',
        'consistency': [{'type': 'MSTLoss', 'loss_weight': 1.0}],
    }
    model = MODELS.build(
        {
            'data_preprocessor': {'type': 'PoseDataPreprocessor'},
            'backbone': {'type': 'ResNet', 'depth': 18},
            'head': {'type': 'HeatmapHead', 'in_channels': 512, 'out_channels': NUM_KEYPOINTS},
            **({'type': 'TopdownPoseEstimator'} if num_views == 1 else views),
        }
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    encoded = codec.encode(np.full((1, NUM_KEYPOINTS, 2), 100.0))
    sample = PoseDataSample()
    sample.gt_fields = PixelData(heatmaps=torch.from_numpy(encoded['heatmaps']))
    sample.gt_instance_labels = InstanceData(
        keypoint_weights=torch.from_numpy(encoded['keypoint_weights'])
    )
    shape = (3, *SIZE) if num_views == 1 else (num_views, 3, *SIZE)
    picture = torch.randint(0, 256, shape, dtype=torch.uint8)

    def run() -> None:
        batch = {'inputs': [picture] * 4, 'data_samples': [sample] * 4}
        data = model.data_preprocessor(batch, True)
        loss, _ = model.parse_losses(model(**data, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return run


def main() -> None:
    """Print each time and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--repeats', type=int, default=20)
    args = parser.parse_args()
    keep_freed_memory()  # as tools/train.py does on a CPU
    torch.set_num_threads(1)
    init_default_scope('mmpose')
    print(f'one thread, torch {torch.__version__}, input {SIZE}, maps {MAP}, K = {NUM_KEYPOINTS}')
    times = {
        **correlation(max(args.repeats // 4, 2)),
        **compare({STEP: step(2), 'plain step': step(1)}, max(args.repeats // 6, 2)),
    }
    for name, milliseconds in times.items():
        print(f'{name:24} {milliseconds:10.2f} ms')
    for ours, theirs in (
        ('RCC', 'ResNet-50'),
        ('RCC in the log domain', 'ResNet-50'),
        (STEP, 'plain step'),
    ):
        print(f'{ours} / {theirs}: {times[ours] / times[theirs]:.4f}')


if __name__ == '__main__':
    main()
