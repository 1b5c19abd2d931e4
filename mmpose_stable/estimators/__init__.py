"""Estimators, and what the losses that compare views see of a head."""

from mmpose_stable.estimators.adversarial import PGDAdversary
from mmpose_stable.estimators.consistency import output_parts
from mmpose_stable.estimators.output_part import Part
from mmpose_stable.estimators.stability_trained import StabilityTrainedPoseEstimator
from mmpose_stable.estimators.teacher import Teacher, matched_parts

__all__ = [
    'PGDAdversary',
    'Part',
    'StabilityTrainedPoseEstimator',
    'Teacher',
    'matched_parts',
    'output_parts',
]
