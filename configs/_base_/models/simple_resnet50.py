# SimpleBaseline with ResNet-50. A leaf adds `data_preprocessor`,
# `head.out_channels` and `head.decoder`.
_base_ = '../backbones/resnet50.py'

model = dict(
    type='TopdownPoseEstimator',
    backbone=_base_.resnet50,
    head=dict(
        type='HeatmapHead',
        in_channels=2048,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
