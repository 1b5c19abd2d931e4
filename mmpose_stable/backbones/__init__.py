"""Backbones."""

from mmpose_stable.backbones.cl_hourglass import CLHourglassNet
from mmpose_stable.backbones.efficientnet_lite import EfficientNetLite0

__all__ = ['CLHourglassNet', 'EfficientNetLite0']
