# The longer schedule.
_base_ = '../stable/sign_hands/rhm.py'

train_cfg = dict(max_iters=5000)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=200, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=5000, milestones=[3500, 4500], gamma=0.1, by_epoch=False),
]
