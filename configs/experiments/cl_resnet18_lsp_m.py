# CL + M on people in sports, for the jitter of a model with and without M on a video. In neither
# paper.
_base_ = './cl_resnet18_lsp.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    # As beside the baseline's mean square error, see configs/stable/sign_hands/m.py.
    consistency=[dict(type='MSTLoss', loss_weight=0.01), dict(type='OffsetStabilityLoss')],
)
views = [dict(type='PerturbedViews', num_views=1, kinds='train'), dict(type='PackPoseViews')]
train_pipeline = [*_base_.train_pipeline[:-1], *views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
