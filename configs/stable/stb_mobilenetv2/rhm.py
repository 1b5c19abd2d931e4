# R + H + M: the whole of stable heatmap regression.
_base_ = './base.py'

hd_heatmap = dict(
    type='HDHeatmap',
    input_size=_base_.codec.input_size,
    heatmap_size=_base_.codec.heatmap_size,
)
codec = dict(_delete_=True, **hd_heatmap)

model = dict(
    type='StabilityTrainedPoseEstimator',
    consistency=[dict(type='MSTLoss', loss_weight=10.0)],  # ours, the paper prints none
    head=dict(
        type='RCCHead',
        rcc=True,
        loss=dict(_delete_=True, type='WeightedCrossEntropyLoss'),
        decoder=codec,
    ),
    test_cfg=dict(shift_heatmap=False),  # cells of HDHeatmap flip onto cells
)
target = dict(type='GenerateTarget', encoder=hd_heatmap)
views = [dict(type='PerturbedViews', num_views=1, kinds='train'), dict(type='PackPoseViews')]
train_pipeline = [*_base_.train_pipeline[:-2], target, *views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
