"""Composite localization, stable heatmap regression and a robustness evaluator for MMPose."""

from mmpose_stable.compat import install_stand_ins
from mmpose_stable.version import __version__

install_stand_ins()

__all__ = ['__version__']
