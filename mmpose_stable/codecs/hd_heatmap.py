"""Highly differentiated heatmaps: the keypoint's pixel stands out from every pixel around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from mmpose_stable.codecs.layouts import cell_centre, check_map_size
from mmpose_stable.codecs.map_codec import MapCodec

UNITS = ('input', 'heatmap')
REFINEMENTS = ('none', 'centroid')
TINY = torch.finfo(torch.float32).tiny


@KEYPOINT_CODECS.register_module()
class HDHeatmap(MapCodec):
    """Highly differentiated heatmaps, and back.

    Source: stable heatmap regression, section 3.2.1. The map is α^d at the chessboard distance d
    from the keypoint's pixel, 0 beyond Thd. The multi-label map of the paper is ``heatmaps > 0``.

    Keypoints are in input pixels with pixel centres at integers. A heatmap pixel is a cell of
    ``stride = input / heatmap`` input pixels, see
    :func:`~mmpose_stable.codecs.layouts.cell_centre`. A flip takes cells onto cells, so leave
    ``model.test_cfg.shift_heatmap`` off.

    Encoded: ``heatmaps`` (K, H, W) and ``keypoint_weights`` (1, K). A keypoint that is invisible or
    lies outside the input has weight 0 and an empty map.

    Args:
        input_size: Width and height of the network's input in pixels.
        heatmap_size: Width and height of the maps.
        alpha: α, between 0 and 1.
        threshold: Thd.
        unit: Pixels of what d and Thd count: ``'input'`` or ``'heatmap'``. The paper's α and Thd
            belong to maps about as large as the input.
        refine: How decoding refines the arg-max. The paper takes the arg-max itself (``'none'``),
            which is off by at most half a stride on each axis. ``'centroid'`` is the mean position,
            weighted by the values, of the pixels around the maximum, within the reach of the target
            and a pixel more.

    Raises:
        ValueError: A parameter is out of its range.
    """

    field_mapping_table: ClassVar = {'heatmaps': 'heatmaps'}

    def __init__(
        self,
        input_size: Sequence[int],
        heatmap_size: Sequence[int],
        alpha: float = 0.7,
        threshold: float = 8.0,
        unit: str = 'input',
        refine: str = 'centroid',
    ) -> None:
        super().__init__()
        for key, value, known in (('unit', unit, UNITS), ('refine', refine, REFINEMENTS)):
            if value not in known:
                raise ValueError(f'`codec.{key}` should be one of {known}, got {value!r}')
        if not 0 < alpha < 1:
            raise ValueError(f'`codec.alpha` should lie between 0 and 1, got {alpha}')
        if threshold < 0:
            raise ValueError(f'`codec.threshold` should not be negative, got {threshold}')
        for key, size in (('input_size', input_size), ('heatmap_size', heatmap_size)):
            if len(size) != 2 or min(size) < 1:
                raise ValueError(f'`codec.{key}` should be (width, height) in pixels, got {size}')
        self.input_size = tuple(input_size)
        self.heatmap_size = tuple(heatmap_size)
        self.alpha = alpha
        self.threshold = threshold
        self.unit = unit
        self.refine = refine
        self.stride = np.array(self.input_size, np.float32) / np.array(self.heatmap_size)
        step_x, step_y = self.stride.tolist() if unit == 'input' else (1.0, 1.0)
        reach_x, reach_y = (int(threshold / step + 1e-9) for step in (step_x, step_y))
        dx = np.abs(np.arange(-reach_x, reach_x + 1)) * step_x
        dy = np.abs(np.arange(-reach_y, reach_y + 1)) * step_y
        #: The heatmap around its keypoint, odd-sized.
        self.patch = (alpha ** np.maximum(dx, dy[:, None])).astype(np.float32)
        #: Columns and rows on each side of the maximum that decoding looks at.
        self.reach = reach_x + 1, reach_y + 1

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Return the targets of one person, see :meth:`MapCodec.encode`."""
        weights, finite = self.check_person(keypoints, keypoints_visible)
        cells = np.floor((np.where(finite[:, None], keypoints[0], -1e6) + 0.5) / self.stride)
        weights[0, ~((cells >= 0) & (cells < self.heatmap_size)).all(-1)] = 0
        # Patches are pasted into maps with a border that takes what lies outside.
        (width, height), (patch_height, patch_width) = self.heatmap_size, self.patch.shape
        left, top = patch_width // 2, patch_height // 2
        padded = np.zeros((len(cells), height + 2 * top, width + 2 * left), np.float32)
        for k in np.flatnonzero(weights[0] > 0):
            x, y = cells[k].astype(int)
            padded[k, y : y + patch_height, x : x + patch_width] = self.patch
        heatmaps = padded[:, top : top + height, left : left + width]
        return {'heatmaps': heatmaps, 'keypoint_weights': weights}

    def peaks(self, maps: Tensor, traced: bool = True) -> tuple[Tensor, Tensor]:
        """Return the keypoints and scores of maps on any scale; negative values count as 0.

        The score is the share of the map's mass that lies around the maximum, within the reach of a
        perfect heatmap and a pixel more: 1 for a perfect map, a half for two equal peaks, 0 for an
        empty map. It can be thresholded as a probability can. Of equal maxima the first in row
        order is taken.
        """
        check_map_size(self, maps)
        index = maps.flatten(-2).argmax(-1)
        x, y = index % self.heatmap_size[0], index // self.heatmap_size[0]
        window, dx, dy = window_around(maps, x, y, self.reach)
        mass = maps.clamp(min=0).sum((-2, -1)).clamp(min=TINY)
        scores = (window.sum((-2, -1)) / mass).clamp(max=1)
        if self.refine == 'centroid':
            x, y = centroid(window, x, y, dx, dy, self.heatmap_size)
        stride_x, stride_y = self.stride.tolist()
        keypoints = torch.stack((cell_centre(x, stride_x), cell_centre(y, stride_y)), -1)
        return keypoints, scores


def window_around(
    maps: Tensor, x: Tensor, y: Tensor, reach: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the values (..., rows, columns) around pixels (x, y) of maps (..., H, W).

    Negative values and those outside are 0. The pixels are integers (...); ``reach`` counts the
    columns and rows on each side. The distances of the columns and rows are returned too.
    """
    height, width = maps.shape[-2:]
    dx = torch.arange(-reach[0], reach[0] + 1, device=maps.device)
    dy = torch.arange(-reach[1], reach[1] + 1, device=maps.device)
    at_x, at_y = x[..., None] + dx, y[..., None] + dy
    places_x, places_y = at_x.clamp(0, width - 1), at_y.clamp(0, height - 1)
    places = places_y[..., :, None] * width + places_x[..., None, :]
    window = maps.flatten(-2).gather(-1, places.flatten(-2)).view_as(places).clamp(min=0)
    inside = (at_y == places_y)[..., :, None] & (at_x == places_x)[..., None, :]
    return window * inside, dx, dy


def centroid(
    window: Tensor, x: Tensor, y: Tensor, dx: Tensor, dy: Tensor, size: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Return the mean column and row of a :func:`window_around` pixels, weighted by its values.

    Near the border it takes as many pixels on one side as on the other; otherwise it would always
    move inwards.
    """
    width, height = size
    inside_x = dx.abs() <= torch.minimum(x, width - 1 - x)[..., None]
    inside_y = dy.abs() <= torch.minimum(y, height - 1 - y)[..., None]
    window = window * (inside_y[..., :, None] & inside_x[..., None, :])
    total = window.sum((-2, -1)).clamp(min=TINY)
    return x + (window.sum(-2) * dx).sum(-1) / total, y + (window.sum(-1) * dy).sum(-1) / total
