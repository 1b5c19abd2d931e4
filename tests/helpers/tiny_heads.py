"""Tiny models of this package's heads, and of those of MMPose that `tiny_runs` leaves out."""

import tiny_runs

K = len(tiny_runs.NAMES)
HD = {'type': 'HDHeatmap', 'input_size': tiny_runs.INPUT, 'heatmap_size': (16, 16)}
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
}
