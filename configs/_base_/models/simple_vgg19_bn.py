# SimpleBaseline with VGG-19-BN. A leaf adds `data_preprocessor`,
# `head.out_channels` and `head.decoder`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='VGG',
        depth=19,
        norm_cfg=dict(type='BN'),
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='torchvision://vgg19_bn')],
    ),
    head=dict(
        type='HeatmapHead',
        in_channels=512,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
