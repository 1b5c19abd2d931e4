# SimpleBaseline with ResNet-50. A leaf adds `data_preprocessor`,
# `head.out_channels` and `head.decoder`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='ResNet',
        depth=50,
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='torchvision://resnet50')],
    ),
    head=dict(
        type='HeatmapHead',
        in_channels=2048,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
