"""Tiny models of this package's heads, and of those of MMPose that `tiny_runs` leaves out."""

import copy

import numpy as np
import tiny_runs
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS
from mmpose.registry import MODELS as REGISTRY
from mmpose.structures import PoseDataSample
from tiny_runs import maps

K = len(tiny_runs.NAMES)
HD = maps('HDHeatmap')
MEGVII = maps('MegviiHeatmap', kernel_size=5)
HOURGLASS = {
    'type': 'HourglassNet',
    'num_stacks': 2,
    'downsample_times': 2,
    'stage_channels': (256, 32, 32),
    'stage_blocks': (1, 1, 1),
    'feat_channel': 16,
}
_STAGES = {'num_stages': 2, 'num_units': 2}
_UNITS = {**_STAGES, 'unit_channels': 16, 'num_blocks': [1, 1]}
_UNITS_HEAD = {
    'type': 'MSPNHead',
    **_STAGES,
    'out_shape': (16, 16),
    'unit_channels': 16,
    'out_channels': K,
    'level_indices': [0, 1] * 2,
    'loss': [{'type': 'KeypointMSELoss'}] * 4,
    'decoder': MEGVII,
}
_STACKS = {'in_channels': 16, 'out_channels': K, 'num_stages': 2, 'deconv_out_channels': None}
_SMALL = {'deconv_out_channels': (16, 16, 16), 'deconv_kernel_sizes': (4, 4, 4)}
_RHM = {'loss': {'type': 'WeightedCrossEntropyLoss'}, 'decoder': HD}
_MSE = {'loss': {'type': 'KeypointMSELoss'}, 'decoder': maps('MSRAHeatmap', sigma=1)}
_INTEGRAL = {
    'type': 'DSNTHead',
    'in_channels': 64,
    'in_featuremap_size': (2, 2),
    'num_joints': K,
    **_SMALL,
    'loss': {
        'type': 'MultipleLossWrapper',
        'losses': [{'type': 'SmoothL1Loss'}, {'type': 'JSDiscretLoss'}],
    },
    'decoder': maps('IntegralRegressionLabel', sigma=1.0),
}


def _composite(kind, stride, **settings):
    decoder = {'type': 'CompositeLocalization', 'input_size': tiny_runs.INPUT, 'stride': stride}
    return {'type': kind, 'num_keypoints': K, 'decoder': decoder, **settings}


# As `tiny_runs.MODELS`: (backbone, neck, head).
MODELS = {
    **tiny_runs.MODELS,
    'integral': (tiny_runs.RESNET, None, _INTEGRAL),
    'rhm': (
        tiny_runs.RESNET,
        None,
        {'type': 'RCCHead', 'in_channels': 64, 'out_channels': K, **_SMALL, **_RHM},
    ),
    'cl': (tiny_runs.RESNET, None, _composite('CLHead', 32, in_channels=64)),
    'mspn': ({'type': 'MSPN', **_UNITS}, None, _UNITS_HEAD),
    'rsn': ({'type': 'RSN', 'num_steps': 2, **_UNITS}, None, _UNITS_HEAD),
    'hourglass': (HOURGLASS, None, {'type': 'CPMHead', **_STACKS, **_MSE}),
    'rhm_stacks': (HOURGLASS, None, {'type': 'StackedRCCHead', **_STACKS, **_RHM}),
    'cl_stacks': (HOURGLASS, None, _composite('CLHourglassHead', 4, in_channels=16, num_stacks=2)),
}


def build(name, type='StabilityTrainedPoseEstimator', **options):
    """Build an estimator with one of the models."""
    backbone, neck, head = copy.deepcopy(MODELS[name])
    cfg = {'type': type, 'backbone': backbone, 'head': head, **options}
    if neck:
        cfg['neck'] = neck
    return REGISTRY.build({'data_preprocessor': tiny_runs.NORMALISE, **cfg})


def samples(codec, flip_indices, count=2, seed=0):
    """Return samples with a codec's targets of random keypoints."""
    rng = np.random.default_rng(seed)
    size = np.array(codec.input_size, np.float32)
    crop = {'input_size': tuple(codec.input_size), 'input_center': size / 2, 'input_scale': size}
    made = []
    for n in range(count):
        keypoints = rng.uniform(0.1, 0.9, (1, len(flip_indices), 2)) * size
        encoded = codec.encode(keypoints.astype(np.float32))
        sample = PoseDataSample(metainfo={'id': 100 + n, 'flip_indices': flip_indices, **crop})
        targets = {key: encoded[key] for key in ('heatmaps', 'offsets') if key in encoded}
        sample.gt_fields = PixelData(**{k: torch.from_numpy(v) for k, v in targets.items()})
        weights = torch.from_numpy(encoded['keypoint_weights']).float()
        sample.gt_instance_labels = InstanceData(keypoint_weights=weights)
        sample.gt_instances = InstanceData(bboxes=np.zeros((1, 4)), bbox_scores=np.ones(1))
        made.append(sample)
    return made


def batch(name, num_views=2, count=3, seed=0):
    """Return a model's samples and views of random pixels, as a loader does."""
    codec = KEYPOINT_CODECS.build(MODELS[name][2]['decoder'])
    data_samples = samples(codec, [0, 2, 1, 4, 3], count, seed)
    rng = np.random.default_rng(seed)
    pixels = torch.from_numpy(rng.integers(0, 256, (count, num_views, 3, 64, 64), np.uint8))
    return {'inputs': list(pixels if num_views > 1 else pixels[:, 0]), 'data_samples': data_samples}
