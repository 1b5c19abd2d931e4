# CLNet-Hourglass of 8 stacks at stride 16. A leaf adds `data_preprocessor`, `head.num_keypoints`
# and `head.decoder`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='CLHourglassNet', num_stacks=8, stride=16),
    head=dict(type='CLHourglassHead', in_channels=256, num_stacks=8),
    test_cfg=dict(flip_test=True),
)
