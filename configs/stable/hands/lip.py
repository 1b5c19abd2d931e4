# Lip: a spectral-norm penalty. Our adaptation: the paper does not print the method's formula.
_base_ = './base.py'

model = dict(
    type='StabilityTrainedPoseEstimator',
    # Ours: the sum over all layers is some tens at the start, the mean square error 0.003.
    weight_penalty=dict(type='SpectralNormPenalty', loss_weight=1e-5),
)
