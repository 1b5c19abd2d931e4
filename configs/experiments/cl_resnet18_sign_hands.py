_base_ = ['../_base_/schedules/adam_small.py', '../_base_/data/sign_hands.py']

# The paper's 16 to 256 px, at 96 px: 12x12 maps, and sigma in proportion to the input.
codec = dict(type='CompositeLocalization', input_size=(96, 96), stride=8, sigma=6, threshold=0.6)

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(type='ResNet', depth=18, num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,)),
    head=dict(type='CLHead', in_channels=256, num_keypoints=21, num_deconvs=1, decoder=codec),
    test_cfg=dict(flip_test=True),
)

val_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.5),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]
augmentation = [dict(type='RandomFlip'), dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.25), rotate_factor=40)]
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*val_pipeline[:2], *augmentation, val_pipeline[2], target, val_pipeline[3]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
