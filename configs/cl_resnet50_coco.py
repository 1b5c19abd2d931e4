_base_ = ['./_base_/schedules/adam_140e.py', './_base_/data/coco.py']

codec = dict(type='CompositeLocalization', input_size=(192, 256), stride=16, sigma=16, threshold=0.6)

model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(
        type='ResNet',
        depth=50,
        num_stages=3,  # layer4 is dropped: stride 16
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(2,),
        init_cfg=[
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', layer='BatchNorm2d', val=1),
            dict(type='PretrainedIfAvailable', checkpoint='torchvision://resnet50'),
        ],
    ),
    head=dict(type='CLHead', in_channels=1024, num_keypoints=17, decoder=codec),
    test_cfg=dict(flip_test=True),
)

val_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs'),
]
augmentation = [dict(type='RandomFlip'), dict(type='RandomHalfBody'), dict(type='RandomBBoxTransform')]
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*val_pipeline[:2], *augmentation, val_pipeline[2], target, val_pipeline[3]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='coco/AP', rule='greater'))
