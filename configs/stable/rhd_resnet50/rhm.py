_base_ = ['../rhd_mobilenetv2/rhm.py', '../../_base_/backbones/resnet50.py']

model = dict(
    backbone=dict(_delete_=True, **_base_.resnet50),
    head=dict(in_channels=2048),
)
