"""Composite localization: a sparse heatmap says roughly where, offset maps exactly where."""

import math
from collections.abc import Sequence
from functools import cache
from typing import ClassVar

import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from mmpose_stable.codecs.layouts import COMPOSITE, COMPOSITE_OFFSETS, MapGrid, check_map_size
from mmpose_stable.codecs.map_codec import MapCodec

VOTERS = ('likely', 'peak')


def encode_composite(
    keypoints: np.ndarray, grid: MapGrid, sigma: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sparse heatmaps and short-distance offsets of keypoints.

    Composite localization, equations 1 to 3.

    Args:
        keypoints: (K, 2) x, y in input pixels, pixel centres at integers.
        grid: The cells of the maps.
        sigma: Standard deviation of the heatmap in input pixels, whatever the stride.

    Returns:
        Heatmaps (K, H', W') and offsets (2K, H', W') as ``COMPOSITE_OFFSETS`` has them, from the
        cell's centre to the keypoint in units of the stride. Both float32.
    """
    width, height = grid.size
    centres_x, centres_y = grid.centres()
    to_x = keypoints[:, 0, None].astype(np.float32) - centres_x
    to_y = keypoints[:, 1, None].astype(np.float32) - centres_y

    # A Gaussian is separable: W' + H' exponentials a keypoint instead of W' * H'.
    exponent = -0.5 / sigma**2
    heatmaps = (
        np.exp(exponent * to_y**2)[:, :, None] * np.exp(exponent * to_x**2)[:, None, :]
    ).astype(np.float32, copy=False)

    offsets = np.empty((2 * len(keypoints), height, width), np.float32)
    offsets_y, offsets_x = COMPOSITE_OFFSETS.split(offsets)
    offsets_y[:] = (to_y / grid.stride)[:, :, None]
    offsets_x[:] = (to_x / grid.stride)[:, None, :]
    return heatmaps, offsets


def decode_composite(
    heatmaps: Tensor,
    offsets_y: Tensor,
    offsets_x: Tensor,
    grid: MapGrid,
    threshold: float,
    traced: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return keypoints as the average of the votes of every likely cell.

    Composite localization, section 3.4. Each cell with a heatmap value of at least ``threshold``
    (the arg-max cell where there is none) votes for its centre plus its offset; votes are averaged
    with the heatmap as weight.

    Args:
        heatmaps: (..., K, H', W').
        offsets_y: Like ``heatmaps``, in units of the stride.
        offsets_x: Like ``heatmaps``, in units of the stride.
        grid: The cells of the maps.
        threshold: τ, above 0; infinity for the arg-max cell alone.
        traced: Take the same steps for all values of the maps, as an exported graph needs.

    Returns:
        Keypoints (..., K, 2) x, y in input pixels and scores (..., K), the heatmaps' maxima.
    """
    # CPUs have no fast `where`. This one keeps what is greater than a number.
    weights = torch.threshold(heatmaps, next_below(threshold, heatmaps.dtype), 0.0)
    # Where a cell is likely, the weights have the heatmap's maximum, and are in the cache.
    scores = weights.amax((-2, -1))
    if traced or scores.numel() == 0 or not scores.min().item() >= threshold:
        # Arg-max takes longer than all the rest, and is seldom needed.
        scores = heatmaps.amax((-2, -1))
        unlikely = ~(scores >= threshold)[..., None, None]
        flat = heatmaps.flatten(-2)
        peak = torch.zeros_like(flat).scatter_(-1, flat.argmax(-1, keepdim=True), 1.0)
        weights = torch.where(unlikely, peak.view_as(heatmaps), weights)
    total = weights.sum((-2, -1))
    votes = []
    for centre, offset in zip(grid.cell_centres, (offsets_x, offsets_y), strict=True):
        cells = torch.from_numpy(centre).to(offset.device, heatmaps.dtype)
        votes.append(torch.add(cells, offset, alpha=grid.stride).mul_(weights))
    sums = torch.stack([vote.sum((-2, -1)) for vote in votes], -1)
    if traced or not math.isfinite(sums.sum().item()):
        # An offset that overflowed where no cell votes: 0 times infinity is no number.
        silent = weights <= 0
        sums = torch.stack([vote.masked_fill(silent, 0.0).sum((-2, -1)) for vote in votes], -1)
    return sums.div_(total[..., None]), scores


@cache
def next_below(number: float, dtype: torch.dtype) -> float:
    """Return the greatest value below a number, in float64 or else in float32."""
    real = np.float64 if dtype == torch.float64 else np.float32
    return float(np.nextafter(real(number), real(-np.inf)))


@KEYPOINT_CODECS.register_module()
class CompositeLocalization(MapCodec):
    """Sparse heatmaps and short-distance offset maps, and back.

    Source: composite localization, sections 3.1 and 3.4. Keypoints are in input pixels with pixel
    centres at integers (see :func:`~mmpose_stable.codecs.layouts.cell_centre`). Crops with
    ``TopdownAffine.use_udp`` are not in this frame and would shift keypoints by up to a pixel.

    Encoded: ``heatmaps`` (K, H', W'); ``offsets`` (2K, H', W'), y before x, from the cell's centre
    to the keypoint in units of the stride; ``keypoint_weights`` (1, K), 0 for a keypoint that is
    invisible or lies outside the input.

    Args:
        input_size: Width and height of the network's input in pixels; multiples of the stride.
        stride: S, input pixels per cell.
        sigma: Standard deviation of the heatmap in input pixels. 16 in the paper, for inputs of
            256.
        threshold: τ, the heatmap value from which a cell votes. 0.6 in the paper.
        voters: ``'likely'``, the cells from τ on, as in the paper; or ``'peak'``, the arg-max cell
            alone, for a loss that trains no other cell's offset.

    Raises:
        ValueError: The input size is not a multiple of the stride, σ or τ is out of range, or
            ``voters`` is unknown.
    """

    layout = COMPOSITE
    field_mapping_table: ClassVar = {'heatmaps': 'heatmaps', 'offsets': 'offsets'}

    def __init__(
        self,
        input_size: Sequence[int],
        stride: int = 16,
        sigma: float = 16.0,
        threshold: float = 0.6,
        voters: str = 'likely',
    ) -> None:
        super().__init__()
        if voters not in VOTERS:
            raise ValueError(f'`codec.voters` should be one of {VOTERS}, got {voters!r}')
        if sigma <= 0:
            raise ValueError(f'`codec.sigma` should be above 0 input pixels, got {sigma}')
        if not 0 < threshold < 1:
            raise ValueError(f'`codec.threshold` should lie between 0 and 1, got {threshold}')
        width, height = input_size
        self.grid = MapGrid((int(width), int(height)), stride)
        self.input_size = self.grid.input_size
        self.heatmap_size = self.grid.size
        self.sigma = sigma
        self.threshold = threshold
        self.voters = voters

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Return float32 targets of keypoints (1, K, 2); without (1, K) flags all are visible."""
        weights, finite = self.check_person(keypoints, keypoints_visible)
        last = np.array(self.input_size) - 0.5
        with np.errstate(invalid='ignore'):
            inside = ((keypoints >= -0.5) & (keypoints < last)).all(-1)
        weights[~inside] = 0
        heatmaps, offsets = encode_composite(
            np.where(finite[:, None], keypoints[0], 0), self.grid, self.sigma
        )
        return {'heatmaps': heatmaps, 'offsets': offsets, 'keypoint_weights': weights}

    def peaks(self, maps: Tensor, traced: bool = True) -> tuple[Tensor, Tensor]:
        """Return the keypoints and scores of composite maps, see :func:`decode_composite`."""
        check_map_size(self, maps)
        heatmaps, offsets_y, offsets_x = self.layout.split(maps)
        threshold = math.inf if self.voters == 'peak' else self.threshold
        return decode_composite(heatmaps, offsets_y, offsets_x, self.grid, threshold, traced)
