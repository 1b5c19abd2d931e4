"""Heads."""

from mmpose_stable.heads.cl_head import CLHead
from mmpose_stable.heads.cl_hourglass_head import CLHourglassHead
from mmpose_stable.heads.rcc_head import RCCHead
from mmpose_stable.heads.stacked_rcc_head import StackedRCCHead

__all__ = [
    'CLHead',
    'CLHourglassHead',
    'RCCHead',
    'StackedRCCHead',
]
