# COCO 2017 with labelled boxes.
dataset_type = 'CocoDataset'
data_mode = 'topdown'
data_root = 'data/coco/'

# The steps of the pipelines that do not depend on the codec; the leaf adds the others.
load = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale')]
# What composite localization names: no half bodies, which MMPose's own recipes add. The ranges are
# SimpleBaseline's (Xiao et al., 2018), which that paper follows: 40 degrees, 30 %, no shift.
augmentation = [
    dict(type='RandomFlip'),
    dict(type='RandomShear'),
    dict(type='RandomBBoxTransform', shift_prob=0, scale_factor=(0.7, 1.3), rotate_factor=40),
]
pack = dict(type='PackPoseInputs')

train_dataloader = dict(
    batch_size=128,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file='annotations/person_keypoints_train2017.json',
        data_prefix=dict(img='train2017/'),
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
        ann_file='annotations/person_keypoints_val2017.json',
        data_prefix=dict(img='val2017/'),
        test_mode=True,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type='CocoMetric', ann_file=data_root + 'annotations/person_keypoints_val2017.json'
)
test_evaluator = val_evaluator
