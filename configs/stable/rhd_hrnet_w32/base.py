_base_ = '../rhd_mobilenetv2/base.py'

first = dict(num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(4,), num_channels=(64,))
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
weights = 'https://download.openmmlab.com/mmpose/pretrain_models/hrnet_w32-36af842e.pth'
model = dict(
    backbone=dict(
        _delete_=True,
        type='HRNet',
        extra=dict(stage1=first, **stages),
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint=weights)],
    ),
    head=dict(in_channels=32, deconv_out_channels=None),
)
