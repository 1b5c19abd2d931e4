# The plain hourglass of 2 stacks at 64 px, the baseline of `cl_hourglass2_sign_hands_64px.py`.
_base_ = '../stable/sign_hands_64px/base.py'

model = dict(
    backbone=dict(  # depth: down to 2 x 2
        _delete_=True, type='CLHourglassNet', num_stacks=2, stride=4, depth=3
    ),
    head=dict(
        type='CPMHead',
        in_channels=256,
        num_stages=2,
        deconv_out_channels=None,
        final_layer=dict(kernel_size=1),
    ),
)
