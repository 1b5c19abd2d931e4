# The longer schedule: the 2,000 updates of the shorter one, then a second cycle of the rate.
_base_ = '../stable/synth_hand/base.py'

train_cfg = dict(max_iters=5000)
steps = dict(type='MultiStepLR', begin=0, end=5000, by_epoch=False)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=200, start_factor=0.01, by_epoch=False),
    dict(milestones=[1400, 1800, 4000, 4700], gamma=0.1, **steps),
    dict(milestones=[2000], gamma=100, **steps),
]
