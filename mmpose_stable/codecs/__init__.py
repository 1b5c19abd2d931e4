"""Keypoint codecs: keypoints to training targets, and network outputs to keypoints."""

from mmpose_stable.codecs.composite_localization import CompositeLocalization
from mmpose_stable.codecs.hd_heatmap import HDHeatmap
from mmpose_stable.codecs.layouts import MapGrid, MapLayout, layout_of

__all__ = [
    'CompositeLocalization',
    'HDHeatmap',
    'MapGrid',
    'MapLayout',
    'layout_of',
]
