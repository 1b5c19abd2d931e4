# HRNet-W32, and the address of MMPose's ImageNet weights for it.
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
hrnet_w32 = dict(type='HRNet', extra=dict(stage1=branch, **stages))
hrnet_w32_weights = 'https://download.openmmlab.com/mmpose/pretrain_models/hrnet_w32-36af842e.pth'
