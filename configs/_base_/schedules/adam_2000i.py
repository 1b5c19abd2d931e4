# Shorter experiments from scratch: `adam_small` with fewer updates.
_base_ = './adam_small.py'

train_cfg = dict(max_iters=2000, val_interval=1000)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=200, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=2000, milestones=[1400, 1800], gamma=0.1, by_epoch=False),
]
