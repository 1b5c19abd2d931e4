# HRNet-W32. A leaf adds `data_preprocessor`, `head.out_channels` and `head.decoder`.
_base_ = '../backbones/hrnet_w32.py'

model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        **_base_.hrnet_w32,
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='mmcls://hrnet_w32')],
    ),
    head=dict(
        type='HeatmapHead',
        in_channels=32,
        deconv_out_channels=None,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
