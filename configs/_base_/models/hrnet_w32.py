# HRNet-W32. A leaf adds `data_preprocessor`, `head.out_channels` and `head.decoder`.
branch = dict(
    num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(4,), num_channels=(64,)
)
widths = (32, 64, 128, 256)
stages = {
    f'stage{n}': dict(
        num_modules=modules,
        num_branches=n,
        block='BASIC',
        num_blocks=(4,) * n,
        num_channels=widths[:n],
    )
    for n, modules in ((2, 1), (3, 4), (4, 3))
}
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='HRNet',
        extra=dict(stage1=branch, **stages),
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
