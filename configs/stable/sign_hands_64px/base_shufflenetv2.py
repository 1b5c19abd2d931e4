_base_ = './base.py'

model = dict(
    backbone=dict(_delete_=True, type='ShuffleNetV2'),
    head=dict(in_channels=1024),
)
