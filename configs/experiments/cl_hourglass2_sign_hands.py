# CLNet-Hourglass of 2 stacks at stride 8: 16 x 16 cells, as the paper's stride of 16 at 256 px.
_base_ = './cl_resnet18_sign_hands.py'

model = dict(
    backbone=dict(_delete_=True, type='CLHourglassNet', num_stacks=2, stride=8),
    head=dict(
        _delete_=True,
        type='CLHourglassHead',
        in_channels=256,
        num_stacks=2,
        num_keypoints=21,
        decoder=_base_.codec,
    ),
)
