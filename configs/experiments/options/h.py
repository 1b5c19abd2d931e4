# H on photographs of hands in the small, where the options that the paper leaves open are compared:
# 64 px and 16x16 maps, with the stride (4) and thus the target of the experiments at 128 px.
_base_ = [
    '../../_base_/models/simple_resnet18.py',
    '../../_base_/schedules/adam_2000i.py',
    '../../_base_/data/sign_hands.py',
]

codec = dict(type='HDHeatmap', input_size=(64, 64), heatmap_size=(16, 16))

model = dict(
    data_preprocessor=_base_.data_preprocessor,
    head=dict(
        type='RCCHead',
        rcc=False,
        loss=dict(_delete_=True, type='WeightedCrossEntropyLoss'),
        out_channels=21,
        decoder=codec,
    ),
    test_cfg=dict(shift_heatmap=False),  # cells of HDHeatmap flip onto cells
)

affine = dict(type='TopdownAffine', input_size=codec['input_size'])
target = dict(type='GenerateTarget', encoder=codec)
train_pipeline = [*_base_.load, *_base_.augmentation, affine, target, _base_.pack]
val_pipeline = [*_base_.load, affine, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
