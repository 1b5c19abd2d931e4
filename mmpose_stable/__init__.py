"""Composite localization, stable heatmap regression and a robustness evaluator for MMPose."""

from mmpose_stable import compat
from mmpose_stable.version import __version__

compat.install()

# Importing a module registers what it defines; MMPose must be importable first.
from mmpose_stable import backbones, codecs, datasets, engine, heads, losses, metrics  # noqa: E402, F401

__all__ = ['__version__']
