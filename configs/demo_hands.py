# What `make demo` trains: a small CLNet on photographs of hands, in minutes on two processor cores.
_base_ = './_base_/hands.py'

# 12 x 12 cells; sigma in proportion to the input.
codec = dict(type='CompositeLocalization', input_size=(96, 96), stride=8, sigma=6, threshold=0.6)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.data_preprocessor,
    # ResNet-18 of half the width without layer4, and a narrower head.
    backbone=dict(
        **dict(type='ResNet', depth=18, stem_channels=32, base_channels=32),
        **dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,)),
    ),
    head=dict(
        **dict(type='CLHead', num_keypoints=21, in_channels=128, num_deconvs=1),
        **dict(mid_channels=128, out_channels=256, decoder=codec),
    ),
    test_cfg=dict(flip_test=True),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
# Weaker augmentation than in longer trainings: a short training learns more from it.
other_box = dict(type='RandomBBoxTransform', scale_factor=(0.85, 1.15), rotate_factor=20)
train_pipeline = [*_base_.load, dict(type='RandomFlip'), other_box, affine, target, _base_.pack]
train_dataloader = dict(
    # On two cores, a worker takes more from the network than it gives.
    num_workers=0,
    persistent_workers=False,
    sampler=dict(_delete_=True, type='InfiniteSampler'),
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(pipeline=[*_base_.load, affine, _base_.pack]))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=850, val_interval=850)
optim_wrapper = dict(optimizer=dict(fused=True))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=850, milestones=[650, 800], gamma=0.1, by_epoch=False),
]
