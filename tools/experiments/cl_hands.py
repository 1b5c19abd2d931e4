# CLNet beside base_hands.py: the same width, input, data and schedule.
_base_ = [
    '../../configs/_base_/models/cl_resnet18.py',
    '../../configs/_base_/schedules/adam_2000i.py',
    '../../configs/_base_/data/hands.py',
]

# 16 x 16 cells, as in the paper's best network; sigma in proportion to the input.
codec = dict(type='CompositeLocalization', input_size=(64, 64), stride=4, sigma=4, threshold=0.6)

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(stem_channels=32, base_channels=32),
    head=dict(
        num_keypoints=21,
        in_channels=128,
        num_deconvs=2,
        mid_channels=128,
        out_channels=128,
        decoder=codec,
    ),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
