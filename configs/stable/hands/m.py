# M: maximum stability training, one perturbed view beside the clean one.
_base_ = './base.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    # Ours, the paper prints none: beside a mean square error a larger one prefers empty maps.
    consistency=[dict(type='MSTLoss', loss_weight=0.01)],
)
views = [dict(type='PerturbedViews', num_views=1, kinds='train'), dict(type='PackPoseViews')]
train_pipeline = [*_base_.train_pipeline[:-1], *views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
