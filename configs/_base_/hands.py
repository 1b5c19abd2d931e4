# The photographs of hands that come with the repository, labelled by MediaPipe, and a schedule for
# small trainings from scratch. A heatmap head starts to learn after some 500 updates.
_base_ = './default_runtime.py'

dataset_type = 'OneHand10KDataset'
data_mode = 'topdown'
data_root = 'tools/demo/hands/'
metainfo = dict(from_file='tools/demo/hands/onehand10k.py')

# The steps of the pipelines that do not depend on the codec; the leaf adds the others.
load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.5),  # the boxes end at the joints, the hand does not
]
augmentation = [
    dict(type='RandomFlip'),
    dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.25), rotate_factor=40),
]
pack = dict(type='PackPoseInputs')

train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        metainfo=metainfo,
        ann_file='train.json',
        data_prefix=dict(img='images/'),
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=1,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        metainfo=metainfo,
        ann_file='test.json',
        data_prefix=dict(img='images/'),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = [
    # The paper counts 0 to 30 px at the size of its images; these photographs have 100 px.
    dict(type='KeypointAUC', max_distance=30),
    dict(type='PCKAccuracy', thr=0.1),
    dict(type='EPE'),
]
test_evaluator = val_evaluator

train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=2000, val_interval=1000)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=200, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=2000, milestones=[1400, 1800], gamma=0.1, by_epoch=False),
]
auto_scale_lr = dict(base_batch_size=16)
log_processor = dict(by_epoch=False)
default_hooks = dict(checkpoint=dict(interval=250, by_epoch=False))
custom_hooks = [dict(type='SyncBuffersHook'), dict(type='ChannelsLastHook')]
randomness = dict(seed=0)
