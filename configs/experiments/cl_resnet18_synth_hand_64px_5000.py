# The longer schedule, in which too each hand is seen once.
_base_ = './cl_resnet18_synth_hand_64px.py'

train_cfg = dict(max_iters=5000)
train_dataloader = dict(dataset=dict(num_samples=80000))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=200, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=5000, milestones=[3500, 4500], gamma=0.1, by_epoch=False),
]
