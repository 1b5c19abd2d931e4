"""Composite localization, stable heatmap regression and a robustness evaluator for MMPose."""

from mmpose_stable import compat
from mmpose_stable.version import __version__  # noqa: F401

compat.install()

# Importing a module registers what it defines; MMPose must be importable first.
from mmpose_stable import (  # noqa: E402, F401
    backbones,
    codecs,
    data_preprocessors,
    datasets,
    engine,
    estimators,
    heads,
    layers,
    losses,
    metrics,
    perturbations,
    robustness,
    transforms,
)
