_base_ = '../rhd_mobilenetv2/base.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='VGG',
        depth=19,
        norm_cfg=dict(type='BN'),
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='mmcls://vgg19_bn')],
    ),
    head=dict(in_channels=512),
)
