_base_ = '../default_runtime.py'

# Composite localization, section 4.1: Adam, batch 128, 140 epochs, 1e-3 divided by 10 at 90 and
# 120.
train_cfg = dict(by_epoch=True, max_epochs=140, val_interval=10)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [
    # Not in the paper: the first batches of a new head would blow up a pretrained backbone.
    dict(type='LinearLR', begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=140, milestones=[90, 120], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=128)
