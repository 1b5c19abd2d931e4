_base_ = './rhm.py'

model = dict(
    backbone=dict(_delete_=True, type='VGG', depth=19, norm_cfg=dict(type='BN')),
    head=dict(in_channels=512),
)
