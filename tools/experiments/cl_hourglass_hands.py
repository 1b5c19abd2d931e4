# CLNet-Hourglass of two narrow stacks, with the codec, the data and the schedule of cl_hands.py.
_base_ = './cl_hands.py'

model = dict(
    backbone=dict(
        _delete_=True, type='CLHourglassNet', num_stacks=2, channels=64, stride=_base_.codec.stride
    ),
    head=dict(
        **dict(_delete_=True, type='CLHourglassHead', num_keypoints=21, in_channels=64),
        **dict(num_stacks=2, decoder=_base_.codec),
    ),
)
