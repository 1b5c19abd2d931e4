# Procedural hands, rendered as they are asked for: no files.
dataset_type = 'SynthHandDataset'
data_mode = 'topdown'

# The steps of the pipelines that do not depend on the codec; the leaf adds the others.
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
augmentation = [
    dict(type='RandomFlip'),
    dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.25), rotate_factor=40),
]
pack = dict(type='PackPoseInputs')

train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type=dataset_type, data_mode=data_mode, split='train', num_samples=20000),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type, data_mode=data_mode, split='val', num_samples=500, test_mode=True
    ),
)
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='AUC', norm_factor=30),  # 0 to 30 px, of pictures of 160 px
    dict(type='PCKAccuracy', thr=0.1),
    dict(type='EPE'),
]
test_evaluator = val_evaluator
