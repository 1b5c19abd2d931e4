# Both stacks are supervised, the last one predicts.
_base_ = './base.py'

# At 128 px a fifth level would have maps of one pixel.
model = dict(
    backbone=dict(_delete_=True, type='HourglassNet', num_stacks=2, downsample_times=4),
    head=dict(type='CPMHead', in_channels=256, num_stages=2, deconv_out_channels=None),
)
