# base_hands.py with the head of MMPose's simcc_res50; sigma in proportion to the input.
_base_ = './base_hands.py'

codec = dict(type='SimCCLabel', input_size=(64, 64), sigma=2.0, simcc_split_ratio=2.0)

model = dict(
    head=dict(
        _delete_=True,
        type='SimCCHead',
        in_channels=256,
        out_channels=21,
        input_size=codec['input_size'],
        in_featuremap_size=(2, 2),
        simcc_split_ratio=codec['simcc_split_ratio'],
        deconv_out_channels=(128, 128, 128),
        deconv_kernel_sizes=(4, 4, 4),
        loss=dict(type='KLDiscretLoss', use_target_weight=True),
        decoder=codec,
    ),
    test_cfg=dict(_delete_=True, flip_test=True),
)

target = dict(type='GenerateTarget', encoder=codec)
train_dataloader = dict(
    dataset=dict(pipeline=[*_base_.load, *_base_.augmentation, _base_.affine, target, _base_.pack])
)
