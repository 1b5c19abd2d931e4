_base_ = '../rhd_mobilenetv2/base.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='ShuffleNetV2',
        init_cfg=[dict(type='PretrainedIfAvailable', checkpoint='mmcls://shufflenet_v2')],
    ),
    head=dict(in_channels=1024),
)
