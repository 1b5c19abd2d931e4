_base_ = './base.py'

# At 128 px a fifth level would have maps of one pixel.
model = dict(
    backbone=dict(_delete_=True, type='HourglassNet', num_stacks=2, downsample_times=4),
    head=dict(in_channels=256, deconv_out_channels=None, deconv_kernel_sizes=None),
)
