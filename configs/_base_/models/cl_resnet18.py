# CLNet-ResNet-18 from scratch. A leaf adds `data_preprocessor`, `head.num_keypoints`,
# `head.decoder` and, for a stride of 8 or 4, `head.num_deconvs`.
model = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='ResNet',
        depth=18,
        num_stages=3,  # layer4 is dropped: stride 16
        strides=(1, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(2,),
    ),
    head=dict(type='CLHead', in_channels=256),
    test_cfg=dict(flip_test=True),
)
