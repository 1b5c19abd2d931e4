"""Tiny models of this package's heads, and of those of MMPose that `tiny_runs` leaves out."""

import tiny_runs

K = len(tiny_runs.NAMES)
HD = {'type': 'HDHeatmap', 'input_size': tiny_runs.INPUT, 'heatmap_size': (16, 16)}
MEGVII = {
    'type': 'MegviiHeatmap',
    'input_size': tiny_runs.INPUT,
    'heatmap_size': (16, 16),
    'kernel_size': 5,
}
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
# As `tiny_runs.MODELS`: (backbone, neck, head).
MODELS = {
    **tiny_runs.MODELS,
    'integral': (
        tiny_runs.RESNET,
        None,
        {
            'type': 'DSNTHead',
            'in_channels': 64,
            'in_featuremap_size': (2, 2),
            'num_joints': K,
            **_SMALL,
            'loss': {
                'type': 'MultipleLossWrapper',
                'losses': [{'type': 'SmoothL1Loss'}, {'type': 'JSDiscretLoss'}],
            },
            'decoder': {
                'type': 'IntegralRegressionLabel',
                'input_size': tiny_runs.INPUT,
                'heatmap_size': (16, 16),
                'sigma': 1.0,
            },
        },
    ),
    'rhm': (
        tiny_runs.RESNET,
        None,
        {
            'type': 'RCCHead',
            'in_channels': 64,
            'out_channels': K,
            **_SMALL,
            'loss': {'type': 'WeightedCrossEntropyLoss'},
            'decoder': HD,
        },
    ),
    'cl': (
        tiny_runs.RESNET,
        None,
        {
            'type': 'CLHead',
            'in_channels': 64,
            'num_keypoints': K,
            'decoder': {
                'type': 'CompositeLocalization',
                'input_size': tiny_runs.INPUT,
                'stride': 32,
            },
        },
    ),
    'mspn': ({'type': 'MSPN', **_UNITS}, None, _UNITS_HEAD),
    'rsn': ({'type': 'RSN', 'num_steps': 2, **_UNITS}, None, _UNITS_HEAD),
    'hourglass': (
        HOURGLASS,
        None,
        {
            'type': 'CPMHead',
            **_STACKS,
            'loss': {'type': 'KeypointMSELoss'},
            'decoder': {
                'type': 'MSRAHeatmap',
                'input_size': tiny_runs.INPUT,
                'heatmap_size': (16, 16),
                'sigma': 1,
            },
        },
    ),
    'rhm_stacks': (
        HOURGLASS,
        None,
        {
            'type': 'StackedRCCHead',
            **_STACKS,
            'loss': {'type': 'WeightedCrossEntropyLoss'},
            'decoder': HD,
        },
    ),
    'cl_stacks': (
        HOURGLASS,
        None,
        {
            'type': 'CLHourglassHead',
            'in_channels': 16,
            'num_keypoints': K,
            'num_stacks': 2,
            'decoder': {
                'type': 'CompositeLocalization',
                'input_size': tiny_runs.INPUT,
                'stride': 4,
            },
        },
    ),
}
