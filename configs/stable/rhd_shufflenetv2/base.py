_base_ = ['../rhd_mobilenetv2/base.py', '../../_base_/backbones/shufflenetv2.py']

model = dict(
    backbone=dict(_delete_=True, **_base_.shufflenetv2),
    head=dict(in_channels=1024),
)
