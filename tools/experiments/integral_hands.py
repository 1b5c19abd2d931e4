# base_hands.py with the head of MMPose's ipr_res50.
_base_ = './base_hands.py'

codec = dict(
    **dict(type='IntegralRegressionLabel', input_size=(64, 64), heatmap_size=(16, 16)),
    **dict(sigma=1.0, normalize=True),
)
losses = [
    dict(type='SmoothL1Loss', use_target_weight=True),
    dict(type='KeypointMSELoss', use_target_weight=True),
]

model = dict(
    head=dict(
        _delete_=True,
        type='DSNTHead',
        in_channels=256,
        in_featuremap_size=(2, 2),
        num_joints=21,
        deconv_out_channels=(128, 128, 128),
        deconv_kernel_sizes=(4, 4, 4),
        loss=dict(type='MultipleLossWrapper', losses=losses),
        decoder=codec,
    ),
    test_cfg=dict(_delete_=True, flip_test=True, shift_coords=True, shift_heatmap=True),
)

target = dict(type='GenerateTarget', encoder=codec)
train_dataloader = dict(
    dataset=dict(pipeline=[*_base_.load, *_base_.augmentation, _base_.affine, target, _base_.pack])
)
