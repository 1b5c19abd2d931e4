# SimpleBaseline with MobileNetV2. A leaf adds `data_preprocessor`,
# `head.out_channels` and `head.decoder`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='MobileNetV2',
        out_indices=(7,),
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='mmcls://mobilenet_v2')],
    ),
    head=dict(
        type='HeatmapHead',
        in_channels=1280,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
