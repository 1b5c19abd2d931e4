"""Small RCC heads with codec and loss, and samples and features for them."""

import tiny_heads
import torch
from mmpose.registry import MODELS

K, SIZE = 3, (64, 48)
SIZES = {'input_size': SIZE, 'heatmap_size': (16, 12)}
CODECS = {
    'hd': {'type': 'HDHeatmap', **SIZES},
    'msra': {'type': 'MSRAHeatmap', **SIZES, 'sigma': 1},
}
LOSSES = {
    'hd': {'type': 'WeightedCrossEntropyLoss'},
    'msra': {'type': 'KeypointMSELoss', 'use_target_weight': True},
}
FLIP_INDICES = [1, 0, 2]


def build_head(kind='hd', type='RCCHead', **options):
    return MODELS.build(
        {
            'type': type,
            'in_channels': 8,
            'out_channels': K,
            'deconv_out_channels': None,
            'loss': LOSSES[kind],
            'decoder': CODECS[kind],
            **options,
        }
    )


def build_samples(head, count=2):
    return tiny_heads.samples(head.decoder, FLIP_INDICES, count)


def features(batch=2):
    return (torch.randn(batch, 8, 12, 16),)
