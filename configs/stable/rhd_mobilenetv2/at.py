# AT: adversarial training (projected gradient descent, Madry et al.).
_base_ = './base.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    # 8 of 255 grey levels is the usual bound; few steps, for each is one more forward and backward.
    adversary=dict(type='PGDAdversary', epsilon=8, step=4, steps=3),
    supervised='perturbed',
)
