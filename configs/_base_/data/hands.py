# The photographs of hands that come with the repository, labelled by MediaPipe.
dataset_type = 'OneHand10KDataset'
data_mode = 'topdown'
data_root = 'tools/demo/hands/'

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
