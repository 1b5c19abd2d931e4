"""Small RCC heads with codec and loss, and samples and features for them."""

import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

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
    rng = np.random.default_rng(0)
    samples = []
    for _ in range(count):
        keypoints = rng.uniform(5, 40, (1, K, 2)).astype(np.float32)
        encoded = head.decoder.encode(keypoints)
        sample = PoseDataSample(metainfo={'flip_indices': FLIP_INDICES})
        sample.gt_fields = PixelData(heatmaps=torch.from_numpy(encoded['heatmaps']))
        sample.gt_instance_labels = InstanceData(
            keypoint_weights=torch.from_numpy(encoded['keypoint_weights'])
        )
        samples.append(sample)
    return samples


def features(batch=2):
    return (torch.randn(batch, 8, 12, 16),)
