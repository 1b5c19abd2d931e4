"""The 15 image perturbations of the stable heatmap regression paper, at five severities each."""

from .api import perturb
from .table import (
    ALL_KINDS,
    HELD_OUT_KINDS,
    SEVERITIES,
    TRAINING_KINDS,
    resolve_kinds,
    resolve_severities,
)
from .transforms import PerturbedViews, PerturbImage, RandomPerturbation
from .views import PackPoseViews

__all__ = [
    'ALL_KINDS',
    'HELD_OUT_KINDS',
    'SEVERITIES',
    'TRAINING_KINDS',
    'PackPoseViews',
    'PerturbImage',
    'PerturbedViews',
    'RandomPerturbation',
    'perturb',
    'resolve_kinds',
    'resolve_severities',
]
