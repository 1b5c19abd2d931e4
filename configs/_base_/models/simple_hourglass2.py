# A 2-stack hourglass with the maps of its last stack only: RCCHead has no intermediate supervision.
# A leaf adds `data_preprocessor`, `head.out_channels` and `head.decoder`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='HourglassNet', num_stacks=2),
    head=dict(
        type='HeatmapHead',
        in_channels=256,
        deconv_out_channels=None,
        deconv_kernel_sizes=None,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
