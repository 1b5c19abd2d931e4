# AugMix: two mixtures of photometric operations beside the clean view.
_base_ = './base.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    # Ours: AugMix weighs 12 beside a cross-entropy of a few units, a mean square error of heatmaps
    # is three orders smaller; the temperature lets a map with a peak of 1 keep it after softmax.
    consistency=[dict(type='JensenShannonLoss', loss_weight=0.012, temperature=0.1)],
)
views = [dict(type='AugMixViews', num_views=2), dict(type='PackPoseViews')]  # 2: AugMix
train_pipeline = [*_base_.train_pipeline[:-1], *views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
