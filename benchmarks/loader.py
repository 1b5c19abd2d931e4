"""Tell whether perturbed views starve training: samples a loader gives against samples trained on.

A ResNet-18 with deconvolutions trains at 128x128, on clean pictures and on two views a sample, the
second perturbed by one of the ten training kinds. The loader decodes JPEG pictures of 160x160,
crops, perturbs and encodes the targets. Loader and training take turns, each with the other at
rest, and a ratio comes from the two times of one round: above 1 the loader is ahead.
"""

from __future__ import annotations

# First: it lets MMPose's models import without MMCV's operators.
import mmpose_stable  # noqa: F401

# isort: split
import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
import torch
from common import add_common_arguments, interleave, markdown_table, ratio, report, set_threads
from mmengine.dataset import Compose, pseudo_collate, worker_init_fn
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS, MODELS
from torch.utils.data import DataLoader, Dataset

from mmpose_stable.complexity.measure import processor

SIZE = (128, 128)
CODEC = {'type': 'MSRAHeatmap', 'input_size': SIZE, 'heatmap_size': (32, 32), 'sigma': 1}
CROP = [
    {'type': 'GetBBoxCenterScale'},
    {'type': 'RandomFlip'},
    {'type': 'RandomBBoxTransform'},
    {'type': 'TopdownAffine', 'input_size': SIZE},
    {'type': 'GenerateTarget', 'encoder': CODEC},
]
PIPELINES = {
    'clean': [*CROP, {'type': 'PackPoseInputs'}],
    'two views': [
        *CROP,
        {'type': 'PerturbedViews', 'num_views': 1, 'kinds': 'train'},
        {'type': 'PackPoseViews'},
    ],
}
PICTURES = 16  # different ones
PREFETCHED = 2  # batches that each worker makes ahead


class EncodedPictures(Dataset):
    """A few rendered hands as JPEG bytes in memory, over and over."""

    def __init__(self, pipeline: list[dict[str, Any]], length: int) -> None:
        hands = DATASETS.build(
            {'type': 'SynthHandDataset', 'num_samples': PICTURES, 'pipeline': []}
        )
        infos = [hands.get_data_info(index) for index in range(PICTURES)]
        self.samples = [(cv2.imencode('.jpg', info.pop('img'))[1], info) for info in infos]
        self.pipeline = Compose(pipeline)
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Any]:
        encoded, info = self.samples[index % PICTURES]
        copied = {
            key: value.copy() if isinstance(value, np.ndarray) else value
            for key, value in info.items()
        }
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        shape = image.shape[:2]
        return self.pipeline({**copied, 'img': image, 'img_shape': shape, 'ori_shape': shape})


def loading(pipeline: list[dict[str, Any]], args: argparse.Namespace) -> Callable[[], float]:
    """Return a function that loads some batches and returns the seconds a sample."""
    waiting = args.workers * PREFETCHED
    dataset = EncodedPictures(pipeline, (waiting + args.batches) * args.batch_size)

    def run() -> float:
        loader = DataLoader(
            dataset,
            args.batch_size,
            num_workers=args.workers,
            prefetch_factor=PREFETCHED,
            collate_fn=pseudo_collate,
            worker_init_fn=partial(worker_init_fn, num_workers=args.workers, rank=0, seed=0),
        )
        batches = iter(loader)
        # The start of the workers does not count, nor what they made ahead in that time.
        for _ in range(waiting):
            next(batches)
        start = time.perf_counter()
        for _ in batches:
            pass
        return (time.perf_counter() - start) / (args.batches * args.batch_size)

    return run


def training(pipeline: list[dict[str, Any]], views: bool, batch_size: int) -> Callable[[], float]:
    """Return a function that makes one training step and returns the seconds a sample."""
    torch.manual_seed(0)
    stable = {
        'type': 'StabilityTrainedPoseEstimator',
        'consistency': [{'type': 'MSTLoss', 'loss_weight': 1.0}],
    }
    model = MODELS.build(
        {
            'data_preprocessor': {'type': 'PoseDataPreprocessor'},
            'backbone': {'type': 'ResNet', 'depth': 18},
            'head': {'type': 'HeatmapHead', 'in_channels': 512, 'out_channels': 21},
            **(stable if views else {'type': 'TopdownPoseEstimator'}),
        }
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    dataset = EncodedPictures(pipeline, batch_size)
    batch = pseudo_collate([dataset[index] for index in range(batch_size)])

    def run() -> float:
        start = time.perf_counter()
        data = model.data_preprocessor(batch, True)
        loss, _ = model.parse_losses(model(**data, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return (time.perf_counter() - start) / batch_size

    return run


def main() -> None:
    """Print samples a second of both sides and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_common_arguments(parser, rounds=5)
    parser.add_argument('--workers', type=int, default=2, help='processes of the loader')
    parser.add_argument('--batch-size', type=int, default=16, help='samples of a batch')
    parser.add_argument('--batches', type=int, default=12, help='batches of a timed load')
    args = parser.parse_args()
    set_threads(args.threads)
    init_default_scope('mmpose')
    variants = {}
    for name, pipeline in PIPELINES.items():
        variants[f'load {name}'] = loading(pipeline, args)
        variants[f'train {name}'] = training(pipeline, name != 'clean', args.batch_size)
    times = interleave(variants, args.rounds, 'rounds')
    rows = []
    for name in PIPELINES:
        load, train = (float(np.median(times[f'{side} {name}'])) for side in ('load', 'train'))
        ahead = ratio(times, f'load {name}', f'train {name}')
        rows.append([name, f'{1 / load:.0f}', f'{1 / train:.1f}', f'{ahead:.1f}'])
    heads = ['', 'loader, samples/s', 'training, samples/s', 'loader / training']
    report(
        [
            f'## Loader\n\n{args.workers} workers against ResNet-18 training on {args.threads} '
            f'thread(s), {SIZE[0]}×{SIZE[1]} input, batches of {args.batch_size}, medians of '
            f'{args.rounds} rounds. PyTorch {torch.__version__}, wall time, {processor()}.',
            markdown_table(heads, rows),
        ],
        args.markdown,
    )


if __name__ == '__main__':
    main()
