# CLNet beside base_hands.py: the same width, input, data and schedule.
_base_ = '../../configs/_base_/hands.py'

# 16 x 16 cells, as in the paper's best network; sigma in proportion to the input.
codec = dict(type='CompositeLocalization', input_size=(64, 64), stride=4, sigma=4, threshold=0.6)

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(
        **dict(type='ResNet', depth=18, stem_channels=32, base_channels=32),
        **dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,)),
    ),
    head=dict(
        **dict(type='CLHead', num_keypoints=21, in_channels=128, num_deconvs=2),
        **dict(mid_channels=128, out_channels=128, decoder=codec),
    ),
    test_cfg=dict(flip_test=True),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
