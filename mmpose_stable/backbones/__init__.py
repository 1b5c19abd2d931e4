"""Backbones."""

from mmpose_stable.backbones.cl_hourglass import CLHourglassNet

__all__ = ['CLHourglassNet']
