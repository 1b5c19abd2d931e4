"""Time the decoding of a batch of maps: our codecs beside ``MSRAHeatmap`` through MMPose's head."""

from __future__ import annotations

import argparse
import os

os.environ.setdefault('OMP_NUM_THREADS', '1')  # NumPy's own threads, read when it is imported

import numpy as np
import torch
from common import (
    add_common_arguments,
    interleave,
    report,
    set_threads,
    setting,
    timed,
)
from common import time_table as table
from mmpose.registry import MODELS

import mmpose_stable  # noqa: F401  registers our codecs

INPUT = (192, 256)
NUM_KEYPOINTS = 17
HEADS = {
    'CLHead, CompositeLocalization, stride 16': {
        'type': 'CLHead',
        'in_channels': 8,
        'num_keypoints': NUM_KEYPOINTS,
        'decoder': {'type': 'CompositeLocalization', 'input_size': INPUT, 'stride': 16},
    },
    'HeatmapHead, HDHeatmap, stride 4': {
        'type': 'HeatmapHead',
        'in_channels': 8,
        'out_channels': NUM_KEYPOINTS,
        'decoder': {'type': 'HDHeatmap', 'input_size': INPUT, 'heatmap_size': (48, 64)},
    },
    'HeatmapHead, MSRAHeatmap, stride 4': {
        'type': 'HeatmapHead',
        'in_channels': 8,
        'out_channels': NUM_KEYPOINTS,
        'decoder': {
            'type': 'MSRAHeatmap',
            'input_size': INPUT,
            'heatmap_size': (48, 64),
            'sigma': 2,
        },
    },
}


def encoded_batch(decoder: object, batch: int) -> torch.Tensor:
    """Return the maps (B, C, H, W) of a batch of random persons, with a little noise."""
    rng = np.random.default_rng(0)
    maps = []
    for _ in range(batch):
        points = rng.uniform(0, INPUT, (1, NUM_KEYPOINTS, 2)).astype(np.float32)
        targets = decoder.encode(points, np.ones((1, NUM_KEYPOINTS), np.float32))
        maps.append(np.concatenate([targets[k] for k in ('heatmaps', 'offsets') if k in targets]))
    clean = np.stack(maps)
    return torch.from_numpy(clean + rng.normal(0, 0.01, clean.shape).astype(np.float32))


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_common_arguments(parser, rounds=30)
    parser.add_argument('--batch', type=int, default=64, help='maps decoded in one call')
    args = parser.parse_args()
    set_threads(args.threads)
    variants = {}
    for name, config in HEADS.items():
        head = MODELS.build(config)
        maps = encoded_batch(head.decoder, args.batch)
        variants[name] = timed(lambda h=head, m=maps: h.decode(m), args.threads)
    times = interleave(variants, args.rounds, 'decoding')
    title = f'A batch of {args.batch}, {INPUT[0]}×{INPUT[1]} input, {NUM_KEYPOINTS} keypoints'
    report(
        [
            f"## Decoding\n\nThe head's `decode` on maps it could have predicted. "
            f'{setting(args.threads)}.',
            table(title, times, [list(HEADS)[-1]]),
        ],
        args.markdown,
    )


if __name__ == '__main__':
    main()
