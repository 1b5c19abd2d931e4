_base_ = '../rhd_mobilenetv2/base.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=50,
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='torchvision://resnet50')],
    ),
    head=dict(in_channels=2048),
)
