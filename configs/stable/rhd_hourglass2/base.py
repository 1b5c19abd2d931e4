# Newell's two stacks: both predict and are supervised, the second sees the maps of the first.
_base_ = '../rhd_mobilenetv2/base.py'

model = dict(
    backbone=dict(
        _delete_=True, type='CLHourglassNet', num_stacks=2, stride=4, feed_predictions=21
    ),
    head=dict(
        type='CPMHead', in_channels=21, num_stages=2, deconv_out_channels=None, final_layer=None
    ),
)
