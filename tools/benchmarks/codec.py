"""Time the encoding of one person: our codecs beside those of MMPose."""

from __future__ import annotations

import argparse
import os

os.environ.setdefault('OMP_NUM_THREADS', '1')  # NumPy's own threads, read when it is imported

import numpy as np
from common import (
    add_common_arguments,
    interleave,
    report,
    set_threads,
    setting,
    timed,
)
from common import time_table as table
from mmpose.registry import KEYPOINT_CODECS

import mmpose_stable  # noqa: F401  registers our codecs

INPUT = (256, 256)
NUM_KEYPOINTS = 17
PERSONS = 64  # encoded in one timed call
PAIRS = {
    'Composite localization, stride 16': (
        {'type': 'CompositeLocalization', 'input_size': INPUT, 'stride': 16},
        {
            'type': 'UDPHeatmap',
            'input_size': INPUT,
            'heatmap_size': (64, 64),
            'heatmap_type': 'combined',
        },
    ),
    'Highly differentiated heatmaps, stride 4': (
        {'type': 'HDHeatmap', 'input_size': INPUT, 'heatmap_size': (64, 64)},
        {'type': 'MSRAHeatmap', 'input_size': INPUT, 'heatmap_size': (64, 64), 'sigma': 2},
    ),
}


def persons() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return keypoints (1, K, 2) in and a little around the input, and their visibility (1, K)."""
    rng = np.random.default_rng(0)
    return [
        (
            rng.uniform(-10, INPUT[0] + 10, (1, NUM_KEYPOINTS, 2)).astype(np.float32),
            (rng.uniform(size=(1, NUM_KEYPOINTS)) < 0.9).astype(np.float32),
        )
        for _ in range(PERSONS)
    ]


def main() -> None:
    """Measure and print one table a codec."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_common_arguments(parser, rounds=30)
    args = parser.parse_args()
    set_threads(args.threads)
    people = persons()
    parts = [
        f'## Encoding\n\n{PERSONS} persons with {NUM_KEYPOINTS} keypoints a call, '
        f'{INPUT[0]}×{INPUT[1]} input. {setting(args.threads)}.'
    ]
    for title, configs in PAIRS.items():
        variants = {}
        for config in configs:
            codec = KEYPOINT_CODECS.build(dict(config))
            variants[config['type']] = timed(
                lambda c=codec: [c.encode(points.copy(), visible) for points, visible in people],
                args.threads,
            )
        times = interleave(variants, args.rounds, title)
        parts.append(table(title, times, [configs[1]['type']]))
    report(parts, args.markdown)


if __name__ == '__main__':
    main()
