# Both stacks are supervised, the last one predicts.
_base_ = '../rhd_mobilenetv2/rhm.py'

model = dict(
    backbone=dict(_delete_=True, type='HourglassNet', num_stacks=2),
    head=dict(type='StackedRCCHead', in_channels=256, num_stages=2, deconv_out_channels=None),
)
