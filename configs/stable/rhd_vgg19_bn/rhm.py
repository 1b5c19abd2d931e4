_base_ = ['../rhd_mobilenetv2/rhm.py', '../../_base_/backbones/vgg19_bn.py']

model = dict(
    backbone=dict(_delete_=True, **_base_.vgg19_bn),
    head=dict(in_channels=512),
)
