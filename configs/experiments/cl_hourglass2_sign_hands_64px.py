# CLNet-Hourglass of 2 stacks at 64 px and stride 4: 16 x 16 cells, as the paper's stride of 16 at
# 256 px. No level is dropped, so it differs from the plain hourglass by its head alone.
_base_ = './cl_resnet18_sign_hands_64px.py'

model = dict(
    backbone=dict(  # depth: down to 2 x 2
        _delete_=True, type='CLHourglassNet', num_stacks=2, stride=4, depth=3
    ),
    head=dict(
        _delete_=True,
        type='CLHourglassHead',
        in_channels=256,
        num_stacks=2,
        num_keypoints=21,
        decoder=_base_.codec,
    ),
)
