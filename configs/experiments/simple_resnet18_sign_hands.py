_base_ = ['../_base_/schedules/adam_small.py', '../_base_/data/sign_hands.py']

# SimpleBaseline's stride and sigma in proportion to its 256-px inputs.
codec = dict(type='MSRAHeatmap', input_size=(96, 96), heatmap_size=(24, 24), sigma=1)

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(type='ResNet', depth=18),
    head=dict(type='HeatmapHead', in_channels=512, out_channels=21, decoder=codec),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
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
