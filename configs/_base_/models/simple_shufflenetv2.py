# SimpleBaseline with ShuffleNetV2. A leaf adds `data_preprocessor`,
# `head.out_channels` and `head.decoder`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='ShuffleNetV2',
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='mmcls://shufflenet_v2')],
    ),
    head=dict(
        type='HeatmapHead',
        in_channels=1024,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
