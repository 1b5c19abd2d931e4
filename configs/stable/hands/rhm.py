# R + H + M: the whole of stable heatmap regression.
_base_ = './h.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    head=dict(rcc=True),
    consistency=[dict(type='MSTLoss', loss_weight=10.0)],  # ours, the paper prints none
)
views = [dict(type='PerturbedViews', num_views=1, kinds='train'), dict(type='PackPoseViews')]
train_pipeline = [*_base_.train_pipeline[:-1], *views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
