# Longer experiments from scratch: `adam_small` with twice the batch and the rate, and more updates.
_base_ = './adam_small.py'

train_cfg = dict(max_iters=8000, val_interval=1000)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=200, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=8000, milestones=[5600, 7200], gamma=0.1, by_epoch=False),
]
auto_scale_lr = dict(base_batch_size=16)
