# base_hands.py with the head of MMPose's rtmpose-m_hand5; sigma in proportion to the input.
_base_ = './base_hands.py'

codec = dict(
    type='SimCCLabel',
    input_size=(64, 64),
    sigma=(2.83, 2.83),
    simcc_split_ratio=2.0,
    normalize=False,
    use_dark=False,
)

model = dict(
    head=dict(
        _delete_=True,
        type='RTMCCHead',
        in_channels=256,
        out_channels=21,
        input_size=codec['input_size'],
        in_featuremap_size=(2, 2),
        simcc_split_ratio=codec['simcc_split_ratio'],
        final_layer_kernel_size=1,
        gau_cfg=dict(
            hidden_dims=256,
            s=128,
            expansion_factor=2,
            dropout_rate=0.0,
            drop_path=0.0,
            act_fn='SiLU',
            use_rel_bias=False,
            pos_enc=False,
        ),
        loss=dict(type='KLDiscretLoss', use_target_weight=True, beta=10.0, label_softmax=True),
        decoder=codec,
    ),
    test_cfg=dict(_delete_=True, flip_test=True),
)

target = dict(type='GenerateTarget', encoder=codec)
train_dataloader = dict(
    dataset=dict(pipeline=[*_base_.load, *_base_.augmentation, _base_.affine, target, _base_.pack])
)
