"""Small heads of both families with codec and loss, and samples and features for them."""

import tiny_heads
import torch
from mmpose.registry import MODELS

K, SIZE = 3, (64, 48)
FLIP_INDICES = [1, 0, 2]
SIZES = {'input_size': SIZE, 'heatmap_size': (16, 12)}
COMPOSITE = {'type': 'CompositeLocalization', 'input_size': SIZE, 'stride': 4}
CODECS = {
    'hd': {'type': 'HDHeatmap', **SIZES},
    'msra': {'type': 'MSRAHeatmap', **SIZES, 'sigma': 1},
}
LOSSES = {
    'hd': {'type': 'WeightedCrossEntropyLoss'},
    'msra': {'type': 'KeypointMSELoss', 'use_target_weight': True},
}


def build_rcc(kind='hd', type='RCCHead', **options):
    settings = {'out_channels': K, 'deconv_out_channels': None}
    settings |= {'loss': LOSSES[kind], 'decoder': CODECS[kind], **options}
    return MODELS.build({'type': type, 'in_channels': 8, **settings})


def build_cl(type='CLHead', **options):
    settings = {'num_keypoints': K, 'decoder': COMPOSITE}
    settings |= {'num_stacks': 2} if type == 'CLHourglassHead' else {'mid_channels': 4}
    settings |= {'out_channels': 16} if type == 'CLHead' else {}
    head = MODELS.build({'type': type, 'in_channels': 8, **settings, **options})
    head.init_weights()
    return head


def build_samples(head, count=2):
    return tiny_heads.samples(head.decoder, FLIP_INDICES, count)


def features(stages=1):
    return tuple(torch.randn(2, 8, 12, 16) for _ in range(stages))
