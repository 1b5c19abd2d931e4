# H: highly differentiated heatmaps and the weighted cross-entropy.
_base_ = './base.py'

hd_heatmap = dict(
    type='HDHeatmap',
    input_size=_base_.codec.input_size,
    heatmap_size=_base_.codec.heatmap_size,
)
codec = dict(_delete_=True, **hd_heatmap)

model = dict(
    head=dict(
        type='RCCHead',
        rcc=False,
        loss=dict(_delete_=True, type='WeightedCrossEntropyLoss'),
        decoder=codec,
    ),
    test_cfg=dict(shift_heatmap=False),  # cells of HDHeatmap flip onto cells
)
target = dict(type='GenerateTarget', encoder=hd_heatmap)
train_pipeline = [*_base_.train_pipeline[:-2], target, _base_.pack]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
