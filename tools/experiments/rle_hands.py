# base_hands.py with the head of MMPose's td-reg_res50_rle.
_base_ = './base_hands.py'

codec = dict(type='RegressionLabel', input_size=(64, 64))

model = dict(
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        _delete_=True,
        type='RLEHead',
        in_channels=256,
        num_joints=21,
        loss=dict(type='RLELoss', use_target_weight=True),
        decoder=codec,
    ),
    test_cfg=dict(_delete_=True, flip_test=True),
)

target = dict(type='GenerateTarget', encoder=codec)
train_dataloader = dict(
    dataset=dict(pipeline=[*_base_.load, *_base_.augmentation, _base_.affine, target, _base_.pack])
)
