# Rendered Hand Pose, as `tools/converters/rhd_to_coco.py` writes it.
dataset_type = 'Rhd2DDataset'
data_mode = 'topdown'
data_root = 'data/rhd/'

# The steps of the pipelines that do not depend on the codec; the leaf adds the others.
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
augmentation = [
    dict(type='RandomFlip'),
    dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.25), rotate_factor=40),
]
pack = dict(type='PackPoseInputs')

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file='annotations/rhd_train.json',
        data_prefix=dict(img=''),
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file='annotations/rhd_test.json',
        data_prefix=dict(img=''),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='KeypointAUC', max_distance=30),  # as the paper counts: 0 to 30 px, trapezoid
    dict(type='PCKAccuracy', thr=0.2),
    dict(type='EPE'),
]
test_evaluator = val_evaluator
