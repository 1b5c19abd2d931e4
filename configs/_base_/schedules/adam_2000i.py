# Small trainings from scratch. A heatmap head starts to learn after some 500 updates.
_base_ = '../default_runtime.py'

train_cfg = dict(type='IterBasedTrainLoop', max_iters=2000, val_interval=1000)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=200, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=2000, milestones=[1400, 1800], gamma=0.1, by_epoch=False),
]
auto_scale_lr = dict(base_batch_size=16)
log_processor = dict(type='LogProcessor', window_size=50, by_epoch=False, num_digits=6)
default_hooks = dict(
    checkpoint=dict(type='CheckpointHook', interval=250, by_epoch=False, max_keep_ckpts=2)
)
custom_hooks = [dict(type='SyncBuffersHook'), dict(type='ChannelsLastHook')]
randomness = dict(seed=0)
