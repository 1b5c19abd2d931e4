"""Decode a model's heatmaps in another way than its own codec does."""

from typing import Any

import numpy as np
from mmpose.codecs import MSRAHeatmap, UDPHeatmap
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from mmpose_stable.codecs.composite_localization import CompositeLocalization
from mmpose_stable.codecs.hd_heatmap import HDHeatmap
from mmpose_stable.codecs.layouts import cell_centre

DECODERS = ('argmax', 'quarter', 'dark', 'centroid')


def decoder_name(codec: Any) -> str:
    """Return how a codec finds keypoints: one of :data:`DECODERS`, ``votes``, or its type.

    Without a codec the head finds them itself, as that of YOLOX-Pose does; the name is ``head``.
    """
    if codec is None:
        return 'head'
    if isinstance(codec, OtherDecoder):
        return codec.method
    if isinstance(codec, HDHeatmap):
        return 'argmax' if codec.refine == 'none' else codec.refine
    if isinstance(codec, MSRAHeatmap):
        return 'dark' if codec.unbiased else 'quarter'
    if isinstance(codec, UDPHeatmap) and codec.heatmap_type == 'gaussian':
        return 'dark'
    return 'votes' if isinstance(codec, CompositeLocalization) else type(codec).__name__


@KEYPOINT_CODECS.register_module()
class OtherDecoder(BaseKeypointCodec):
    """Decode heatmaps of a codec by another rule; frame and scores stay those of the codec.

    Args:
        codec: Config of the model's codec, one that has a heatmap a keypoint.
        method: ``argmax``; ``quarter``, a quarter of a pixel towards the larger neighbour on each
            axis; ``dark``, the maximum of a second-order expansion of the blurred map's logarithm
            (Zhang et al., "Distribution-aware coordinate representation", CVPR 2020); ``centroid``,
            the mean position of the pixels around the maximum, weighted by their values.

    Raises:
        ValueError: The codec has other maps, or there is no such method.
    """

    def __init__(self, codec: dict[str, Any], method: str) -> None:
        super().__init__()
        self.codec = KEYPOINT_CODECS.build(codec)
        if decoder_name(self.codec) not in DECODERS:
            raise ValueError(
                '--decoder: expected a model whose `head.decoder` has one heatmap a keypoint '
                f'(MSRAHeatmap, UDPHeatmap or HDHeatmap), got {type(self.codec).__name__}; leave '
                'the option out'
            )
        if method not in DECODERS:
            raise ValueError(f'`method` (--decoder): expected one of {DECODERS}, got {method!r}')
        self.method = method
        self.input_size, self.heatmap_size = self.codec.input_size, self.codec.heatmap_size
        self.sigma = getattr(self.codec, 'sigma', None)  # the RCC layer reads it
        # The codec whose rule it is, with heatmap pixels as its input pixels.
        sizes = (self.heatmap_size, self.heatmap_size)
        self.rule: BaseKeypointCodec
        if method in ('quarter', 'dark'):
            blur = getattr(self.codec, 'blur_kernel_size', 11)  # MMPose's default
            self.rule = MSRAHeatmap(*sizes, 2, unbiased=method == 'dark', blur_kernel_size=blur)
        else:
            self.rule = HDHeatmap(*sizes, refine='none' if method == 'argmax' else 'centroid')
            self.rule.reach = getattr(self.codec, 'reach', (2, 2))

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Return the targets of the model's codec."""
        return self.codec.encode(keypoints, keypoints_visible)

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return keypoints (1, K, 2) in input pixels and scores (1, K) of maps (K, H, W)."""
        places, scores = self.codec.decode(encoded)
        if self.method == decoder_name(self.codec):
            return places, scores
        places = self.rule.decode(encoded)[0]
        # From heatmap pixels to pixels of the input, as the codec.
        if isinstance(self.codec, UDPHeatmap):
            places = places / (np.array(self.heatmap_size) - 1) * np.float32(self.input_size)
        elif isinstance(self.codec, HDHeatmap):
            places = cell_centre(places, self.codec.stride)
        else:
            places = places * self.codec.scale_factor
        return places, scores
