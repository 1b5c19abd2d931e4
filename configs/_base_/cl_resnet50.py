# CLNet-ResNet-50 at stride 16. A leaf adds `data_preprocessor`, `head.num_keypoints` and
# `head.decoder`.
_base_ = './default_runtime.py'

model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='ResNet',
        depth=50,
        num_stages=3,  # layer4 is dropped: stride 16
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(2,),
        init_cfg=[
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', layer='BatchNorm2d', val=1),
            dict(type='PretrainedIfAvailable', checkpoint='torchvision://resnet50'),
        ],
    ),
    head=dict(type='CLHead', in_channels=1024),
    test_cfg=dict(flip_test=True),
)
