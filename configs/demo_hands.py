# What `make demo` trains: a small CLNet on photographs of hands, in minutes on two processor cores.
_base_ = [
    './_base_/models/cl_resnet18.py',
    './_base_/schedules/adam_2000i.py',
    './_base_/data/hands.py',
]

# 12 x 12 cells; sigma in proportion to the input.
codec = dict(type='CompositeLocalization', input_size=(96, 96), stride=8, sigma=6, threshold=0.6)
model = dict(
    data_preprocessor=_base_.data_preprocessor,
    # Half of ResNet-18's width, and a narrower head.
    backbone=dict(stem_channels=32, base_channels=32),
    head=dict(
        num_keypoints=21,
        in_channels=128,
        num_deconvs=1,
        mid_channels=128,
        out_channels=256,
        decoder=codec,
    ),
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(
    sampler=dict(_delete_=True, type='InfiniteSampler'),
    dataset=dict(pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=900, val_interval=900)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=900, milestones=[690, 840], gamma=0.1, by_epoch=False),
]
