"""Composite localization: a sparse heatmap says roughly where, offset maps exactly where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS
from torch import Tensor

from mmpose_stable.codecs.layouts import COMPOSITE, cell_centre, check_map_size
from mmpose_stable.codecs.map_codec import MapCodec

VOTERS = ('likely', 'peak')


@KEYPOINT_CODECS.register_module()
class CompositeLocalization(MapCodec):
    """Sparse heatmaps and short-distance offset maps, and back.

    Source: composite localization, sections 3.1 and 3.4. Keypoints are in input pixels with pixel
    centres at integers (see :func:`~mmpose_stable.codecs.layouts.cell_centre`).

    Encoded: ``heatmaps`` (K, H', W'); ``offsets`` (2K, H', W'), y before x, from the cell's centre
    to the keypoint in units of the stride; ``keypoint_weights`` (1, K), 0 for a keypoint that is
    invisible or lies outside the input.

    Args:
        input_size: Width and height of the network's input in pixels; multiples of the stride.
        stride: S, input pixels per cell.
        sigma: Standard deviation of the heatmap in input pixels, whatever the stride. 16 in the
            paper, for inputs of 256.
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
        if stride < 1 or width % stride or height % stride:
            raise ValueError(
                'the input size should be a multiple of the stride, got '
                f'input_size={tuple(input_size)} (width, height) and stride={stride}; '
                'change `codec.input_size` or `codec.stride`'
            )
        self.input_size = width, height
        self.heatmap_size = width // stride, height // stride
        self.stride = stride
        self.sigma = sigma
        self.threshold = threshold
        self.voters = voters
        self.columns, self.rows = (
            cell_centre(np.arange(count, dtype=np.float32), stride) for count in self.heatmap_size
        )
        self.cell_centres = np.meshgrid(self.columns, self.rows)

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Return the targets of one person, see :meth:`MapCodec.encode`: equations 1 to 3."""
        weights, finite = self.check_person(keypoints, keypoints_visible)
        last = np.array(self.input_size) - 0.5
        with np.errstate(invalid='ignore'):
            weights[~((keypoints >= -0.5) & (keypoints < last)).all(-1)] = 0
        points = np.where(finite[:, None], keypoints[0], 0).astype(np.float32)
        to_x, to_y = points[:, :1] - self.columns, points[:, 1:] - self.rows

        # A Gaussian is separable: W' + H' exponentials a keypoint instead of W' * H'.
        exponent = -0.5 / self.sigma**2
        heatmaps = np.exp(exponent * to_y**2)[:, :, None] * np.exp(exponent * to_x**2)[:, None, :]

        offsets = np.empty((2, *heatmaps.shape), np.float32)
        offsets[0] = (to_y / self.stride)[:, :, None]
        offsets[1] = (to_x / self.stride)[:, None, :]
        return {
            'heatmaps': heatmaps,
            'offsets': offsets.reshape(-1, *heatmaps.shape[1:]),
            'keypoint_weights': weights,
        }

    def peaks(self, maps: Tensor, traced: bool = True) -> tuple[Tensor, Tensor]:
        """Return keypoints, the average of the votes of every likely cell, and scores.

        Composite localization, section 3.4. Each cell with a heatmap value of at least τ (the
        arg-max cell where there is none) votes for its centre plus its offset; votes are averaged
        with the heatmap as weight. The scores are the heatmaps' maxima.
        """
        check_map_size(self, maps)
        heatmaps, offsets_y, offsets_x = self.layout.split(maps)
        threshold = math.inf if self.voters == 'peak' else self.threshold
        # CPUs have no fast `where`. This one keeps what is greater than a number.
        below = float(np.nextafter(np.float32(threshold), np.float32(0)))
        weights = torch.threshold(heatmaps, below, 0.0)
        # Where a cell is likely, the weights have the heatmap's maximum, and are in the cache.
        scores = weights.amax((-2, -1))
        if traced or scores.numel() == 0 or not scores.min().item() >= threshold:
            # Arg-max takes longer than all the rest, and is seldom needed.
            scores = heatmaps.amax((-2, -1))
            unlikely = ~(scores >= threshold)[..., None, None]
            flat = heatmaps.flatten(-2)
            peak = torch.zeros_like(flat).scatter_(-1, flat.argmax(-1, keepdim=True), 1.0)
            weights = torch.where(unlikely, peak.view_as(heatmaps), weights)
        votes = []
        for centres, offsets in zip(self.cell_centres, (offsets_x, offsets_y), strict=True):
            cells = torch.from_numpy(centres).to(maps.device)
            votes.append(torch.add(cells, offsets, alpha=self.stride).mul_(weights))
        sums = torch.stack([vote.sum((-2, -1)) for vote in votes], -1)
        if traced or not math.isfinite(sums.sum().item()):
            # An offset that overflowed where no cell votes: 0 times infinity is no number.
            silent = weights <= 0
            sums = torch.stack([vote.masked_fill(silent, 0.0).sum((-2, -1)) for vote in votes], -1)
        return sums.div_(weights.sum((-2, -1))[..., None]), scores
