# configs/stable/hands/base.py at half the width: a quarter of its cost, for many seeds on two cores
_base_ = '../../configs/stable/hands/base.py'

model = dict(
    backbone=dict(stem_channels=32, base_channels=32),
    head=dict(
        in_channels=256,
        deconv_out_channels=(128, 128, 128),
        deconv_kernel_sizes=(4, 4, 4),
    ),
)
