"""Estimators, and what the losses that compare views see of a head."""

from mmpose_stable.estimators.adversarial import PGDAdversary, pgd_attack
from mmpose_stable.estimators.consistency import StabilityMaps, stability_maps
from mmpose_stable.estimators.stability_trained import StabilityTrainedPoseEstimator

__all__ = [
    'PGDAdversary',
    'StabilityMaps',
    'StabilityTrainedPoseEstimator',
    'pgd_attack',
    'stability_maps',
]
