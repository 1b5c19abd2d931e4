# The plain hourglass of 2 stacks, the baseline of `cl_hourglass2_sign_hands.py`.
_base_ = '../stable/sign_hands/base.py'

model = dict(
    backbone=dict(_delete_=True, type='CLHourglassNet', num_stacks=2, stride=4),
    head=dict(
        type='CPMHead',
        in_channels=256,
        num_stages=2,
        deconv_out_channels=None,
        final_layer=dict(kernel_size=1),
    ),
)
