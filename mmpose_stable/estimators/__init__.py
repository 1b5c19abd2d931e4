"""Estimators, and what the losses that compare views see of a head."""

from mmpose_stable.estimators.adversarial import PGDAdversary, pgd_attack
from mmpose_stable.estimators.consistency import StabilityMaps, stability_maps
from mmpose_stable.estimators.stability_trained import StabilityTrainedPoseEstimator
from mmpose_stable.estimators.teacher import Teacher, matched_parts

__all__ = [
    'PGDAdversary',
    'StabilityMaps',
    'StabilityTrainedPoseEstimator',
    'Teacher',
    'matched_parts',
    'pgd_attack',
    'stability_maps',
]
