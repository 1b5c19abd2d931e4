"""Highly differentiated heatmaps: the keypoint's pixel stands out from every pixel around it."""

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


def hd_heatmaps(
    cells: np.ndarray,
    size: Sequence[int],
    step: Sequence[float],
    alpha: float,
    threshold: float,
) -> np.ndarray:
    """Return highly differentiated heatmaps (K, H, W), float32.

    Stable heatmap regression, section 3.2.1: ``alpha ** d`` at the chessboard distance d from the
    keypoint's pixel, 0 beyond the threshold.

    Args:
        cells: (K, 2) column and row of each keypoint's pixel.
        size: Width and height of the maps.
        step: Width and height of a heatmap pixel, in the unit of the distances.
        alpha: α, below 1.
        threshold: Thd.
    """
    # α^max(a, b) is the smaller of α^a and α^b: powers along each axis, not for each pixel.
    columns, rows = (
        np.abs(np.arange(size[axis]) - cells[:, axis, None]) * step[axis] for axis in (0, 1)
    )
    along_x, along_y = (
        np.where(d <= threshold + 1e-9, alpha**d, 0.0).astype(np.float32) for d in (columns, rows)
    )
    return np.minimum(along_y[:, :, None], along_x[:, None, :])


def window_around(
    maps: Tensor, x: Tensor, y: Tensor, reach: tuple[int, int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the values around pixels (x, y) of maps (..., H, W); 0 for negative ones and outside.

    The pixels are integers (...); ``reach`` counts the columns and rows on each side. Returned are
    values (..., rows, columns), the columns' distances from x and the rows' from y.
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
    window: Tensor, dx: Tensor, dy: Tensor, x: Tensor, y: Tensor, size: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Return the mean column and row (...) of the pixels around (x, y), weighted by their values.

    Near the border of maps of ``size`` (width, height), the mean takes in as many pixels on one
    side as on the other. Otherwise it would always move inwards. The other arguments are as in
    :func:`window_around`.
    """
    inside_x = dx.abs() <= torch.minimum(x, size[0] - 1 - x)[..., None]
    inside_y = dy.abs() <= torch.minimum(y, size[1] - 1 - y)[..., None]
    window = window * (inside_y[..., :, None] & inside_x[..., None, :])
    total = window.sum((-2, -1)).clamp(min=torch.finfo(window.dtype).tiny)
    return x + (window.sum(-2) * dx).sum(-1) / total, y + (window.sum(-1) * dy).sum(-1) / total


@KEYPOINT_CODECS.register_module()
class HDHeatmap(MapCodec):
    """Highly differentiated heatmaps, and back.

    Source: stable heatmap regression, section 3.2.1. The map is 1 at the keypoint's pixel, α^d at
    the chessboard distance d, 0 beyond Thd. The multi-label map of the paper is ``heatmaps > 0``.

    Frame: keypoints are in input pixels with pixel centres at integers. A heatmap pixel is a cell
    of ``stride = input / heatmap`` input pixels, see
    :func:`~mmpose_stable.codecs.layouts.cell_centre`. A flip takes cells onto cells, so leave
    ``model.test_cfg.shift_heatmap`` off. Crops with ``TopdownAffine.use_udp`` are not in this frame
    and would shift keypoints by half a pixel.

    Encoded: ``heatmaps`` (K, H, W) and ``keypoint_weights`` (1, K). A keypoint that is invisible or
    lies outside the input has weight 0 and an empty map.

    Args:
        input_size: Width and height of the network's input in pixels.
        heatmap_size: Width and height of the maps.
        alpha: α, between 0 and 1.
        threshold: Thd.
        unit: The unit of d and Thd: ``'input'`` pixels, in which the paper's α and Thd suit maps of
            any size, or ``'heatmap'`` pixels.
        refine: What decoding takes: ``'none'``, the arg-max itself, as the paper does on maps about
            as large as the input; or ``'centroid'``, the mean position of the pixels around it,
            weighted by their values. The arg-max is off by up to half a stride on each axis.
            Cross-entropy trains a map to be the target's patch, blurred by positional uncertainty,
            so that the mean over the patch and one pixel around it is that of the likely places.

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
        self.step = tuple(self.stride.tolist()) if unit == 'input' else (1.0, 1.0)
        reach_x, reach_y = (int(threshold / side + 1e-9) + 1 for side in self.step)
        self.reach = reach_x, reach_y

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Return float32 targets of keypoints (1, K, 2); without (1, K) flags all are visible."""
        weights, finite = self.check_person(keypoints, keypoints_visible)
        cells = np.floor((np.where(finite[:, None], keypoints[0], -1e6) + 0.5) / self.stride)
        inside = ((cells >= 0) & (cells < self.heatmap_size)).all(-1)
        weights[0, ~inside] = 0
        heatmaps = hd_heatmaps(cells, self.heatmap_size, self.step, self.alpha, self.threshold)
        heatmaps[weights[0] == 0] = 0
        return {'heatmaps': heatmaps, 'keypoint_weights': weights}

    def peaks(self, maps: Tensor, traced: bool = True) -> tuple[Tensor, Tensor]:
        """Return the keypoints and scores of maps on any scale, such as probabilities.

        Of equal maxima the first in row order is taken. The pixels around it are those that a
        perfect heatmap reaches, and one more on each side.

        The score is the share of the map's positive mass that lies there, 0 without any: of a
        network trained by cross-entropy, the probability that the keypoint is there. It can be
        thresholded as one, because the shares of two separate places add up. The height of the
        maximum cannot: it falls with the positional uncertainty, even if all of the mass lies
        within a pixel or two.
        """
        check_map_size(self, maps)
        width = self.heatmap_size[0]
        index = maps.flatten(-2).argmax(-1)
        x, y = index % width, index // width
        window, dx, dy = window_around(maps, x, y, self.reach)
        mass = maps.clamp(min=0).sum((-2, -1)).clamp(min=torch.finfo(maps.dtype).tiny)
        scores = (window.sum((-2, -1)) / mass).clamp(max=1)
        if self.refine == 'centroid':
            x, y = centroid(window, dx, dy, x, y, self.heatmap_size)
        stride_x, stride_y = self.stride.tolist()
        keypoints = torch.stack((cell_centre(x, stride_x), cell_centre(y, stride_y)), -1)
        return keypoints, scores
