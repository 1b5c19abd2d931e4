"""Heads."""

from mmpose_stable.heads.cl_head import CLHead, CLHourglassHead
from mmpose_stable.heads.rcc_head import RCCHead, StackedRCCHead

__all__ = [
    'CLHead',
    'CLHourglassHead',
    'RCCHead',
    'StackedRCCHead',
]
