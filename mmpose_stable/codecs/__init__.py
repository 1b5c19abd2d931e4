"""Keypoint codecs: keypoints to training targets, and network outputs to keypoints."""

from mmpose_stable.codecs.composite_localization import CompositeLocalization
from mmpose_stable.codecs.hd_heatmap import HDHeatmap
from mmpose_stable.codecs.layouts import MapGrid, MapLayout, layout_of
from mmpose_stable.codecs.other_decoder import OtherDecoder

__all__ = [
    'CompositeLocalization',
    'HDHeatmap',
    'MapGrid',
    'MapLayout',
    'OtherDecoder',
    'layout_of',
]
