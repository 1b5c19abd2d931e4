"""Perturbations of images, at five severities each: the 15 of the paper, and more."""

from .api import perturb
from .table import (
    ALL_KINDS,
    EVERY_KIND,
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
    'EVERY_KIND',
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
