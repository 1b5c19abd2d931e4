# ST_g: stability training with Gaussian noise (Zheng et al.).
_base_ = './base.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    # Ours: a norm over all pixels, so smaller yet than the weight of MST.
    consistency=[dict(type='StabilityLoss', loss_weight=0.001)],
)
views = [dict(type='PerturbedViews', kinds='gaussian_noise'), dict(type='PackPoseViews')]
train_pipeline = [*_base_.train_pipeline[:-1], *views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
