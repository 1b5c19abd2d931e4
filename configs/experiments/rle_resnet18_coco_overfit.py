# Residual log-likelihood estimation: a model of MMPose to evaluate, trained on persons of
# `cl_resnet18_coco_overfit.py`.
_base_ = './cl_resnet18_coco_overfit.py'

own = dict(type='RegressionLabel', input_size=(96, 128))
codec = dict(_delete_=True, **own)

model = dict(
    _delete_=True,
    type='TopdownPoseEstimator',
    data_preprocessor=_base_.data_preprocessor,
    backbone=dict(type='ResNet', depth=18),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='RLEHead',
        in_channels=512,
        num_joints=17,
        loss=dict(type='RLELoss', use_target_weight=True),
        decoder=own,
    ),
    test_cfg=dict(flip_test=True, shift_coords=False),
)

affine = dict(type='TopdownAffine', input_size=own['input_size'])
target = dict(type='GenerateTarget', encoder=own)
train_pipeline = [*_base_.load, _base_.augmentation[0], affine, target, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
train_cfg = dict(max_iters=600)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(type='MultiStepLR', begin=0, end=600, milestones=[400, 520], gamma=0.1, by_epoch=False),
]
