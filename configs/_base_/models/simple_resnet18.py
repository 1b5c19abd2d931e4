# SimpleBaseline with ResNet-18 from scratch, as MMPose builds it. A leaf adds `data_preprocessor`,
# `head.out_channels` and `head.decoder`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='ResNet', depth=18),
    head=dict(
        type='HeatmapHead',
        in_channels=512,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
