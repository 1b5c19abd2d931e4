"""Time how our codecs encode persons and decode maps, beside those of MMPose."""

from __future__ import annotations

import numpy as np
import torch
from common import measure, print_table, use_one_thread
from mmpose.registry import KEYPOINT_CODECS, MODELS

import mmpose_stable  # noqa: F401  registers our codecs

INPUT = (192, 256)
KEYPOINTS = 17
PERSONS = 64  # encoded or decoded in one timed call
ROUNDS = 30
MAPS = {'input_size': INPUT, 'heatmap_size': (48, 64)}
COMPOSITE = {'type': 'CompositeLocalization', 'input_size': INPUT, 'stride': 16}
HD = {'type': 'HDHeatmap', **MAPS}
MSRA = {'type': 'MSRAHeatmap', **MAPS, 'sigma': 2}
UDP = {'type': 'UDPHeatmap', **MAPS, 'heatmap_type': 'combined'}


def persons() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return keypoints (1, K, 2) in and a little around the input, and their visibility (1, K)."""
    rng = np.random.default_rng(0)
    return [
        (
            rng.uniform(-10, np.add(INPUT, 10), (1, KEYPOINTS, 2)).astype(np.float32),
            (rng.uniform(size=(1, KEYPOINTS)) < 0.9).astype(np.float32),
        )
        for _ in range(PERSONS)
    ]


def encoded(codec: object, people: list[tuple[np.ndarray, np.ndarray]]) -> list[dict]:
    """Return a codec's targets."""
    return [codec.encode(points.copy(), visible) for points, visible in people]


def head_of(decoder: dict) -> torch.nn.Module:
    """Return a head with a decoder."""
    kind = {'type': 'HeatmapHead', 'out_channels': KEYPOINTS}
    if decoder['type'] == 'CompositeLocalization':
        kind = {'type': 'CLHead', 'num_keypoints': KEYPOINTS}
    return MODELS.build({**kind, 'in_channels': 8, 'decoder': decoder})


def predicted(codec: object) -> torch.Tensor:
    """Return maps (B, C, H, W) that a model could predict: targets with a little noise."""
    names, targets = ('heatmaps', 'offsets'), encoded(codec, persons())
    clean = np.stack([np.concatenate([t[name] for name in names if name in t]) for t in targets])
    noise = np.random.default_rng(0).normal(0, 0.01, clean.shape)
    return torch.from_numpy(clean + noise.astype(np.float32))


def main() -> None:
    """Measure and print the tables."""
    use_one_thread()
    people = persons()
    for pair in ((COMPOSITE, UDP), (HD, MSRA)):
        codecs = {config['type']: KEYPOINT_CODECS.build(dict(config)) for config in pair}
        work = {name: lambda c=codec: encoded(c, people) for name, codec in codecs.items()}
        print_table(f'Encoding of {PERSONS} persons', measure(work, ROUNDS), pair[1]['type'])
    work = {}
    for config in (COMPOSITE, HD, MSRA):
        head = head_of(config)
        maps = predicted(head.decoder)
        work[config['type']] = lambda h=head, m=maps: h.decode(m)
    print_table(f'Decoding of {PERSONS} persons', measure(work, ROUNDS), 'MSRAHeatmap')


if __name__ == '__main__':
    main()
