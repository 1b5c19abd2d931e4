"""The layout of composite maps and the frame of their cells, declared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class CompositeLayout:
    """Which channel of a composite map means what.

    Composite localization, section 3.1: K heatmaps, then K y-offsets, then K x-offsets, as channels
    of one (..., 3K, H', W') map.

    Args:
        num_keypoints: K.
    """

    num_keypoints: int

    @property
    def num_channels(self) -> int:
        """3K."""
        return 3 * self.num_keypoints

    def split(self, maps: Any) -> tuple[Any, Any, Any]:
        """Return views of the heatmaps, y-offsets and x-offsets, (..., K, H', W') each.

        Args:
            maps: Array or tensor (..., 3K, H', W').

        Raises:
            ValueError: The channel axis does not hold 3K maps.
        """
        if maps.shape[-3] != self.num_channels:
            raise ValueError(
                f'composite maps of {self.num_keypoints} keypoints have {self.num_channels} '
                f'channels (heatmaps, y-offsets, x-offsets), got {maps.shape[-3]}; '
                'set `head.num_keypoints` to the number of keypoints of the data set'
            )
        k = self.num_keypoints
        return maps[..., :k, :, :], maps[..., k : 2 * k, :, :], maps[..., 2 * k :, :, :]

    @staticmethod
    def join(heatmaps: Tensor, offsets_y: Tensor, offsets_x: Tensor) -> Tensor:
        """Stack (..., K, H', W') maps into (..., 3K, H', W'); the inverse of :meth:`split`."""
        return torch.cat((heatmaps, offsets_y, offsets_x), dim=-3)

    def flip(self, maps: Tensor, flip_indices: Sequence[int]) -> Tensor:
        """Mirror composite maps left to right.

        Channels swap with their symmetric keypoint, and x-offsets change sign, so that decoding the
        result gives the keypoints at x -> W - 1 - x.

        Args:
            maps: (..., 3K, H', W').
            flip_indices: For each keypoint, the index of its mirror image.

        Raises:
            ValueError: ``flip_indices`` does not name K keypoints.
        """
        if len(flip_indices) != self.num_keypoints:
            raise ValueError(
                f'flip_indices should name {self.num_keypoints} keypoints, got '
                f'{len(flip_indices)}: `head.num_keypoints` and the data set disagree'
            )
        heatmaps, offsets_y, offsets_x = (
            part.flip(-1)[..., list(flip_indices), :, :] for part in self.split(maps)
        )
        return self.join(heatmaps, offsets_y, -offsets_x)


@dataclass(frozen=True)
class MapGrid:
    """The cells of a low-resolution map and where their centres lie in the input image.

    Frame: input pixels with pixel *centres* at integers, as MMPose's ``TopdownAffine`` makes them.
    The paper's frame has its pixel edges there (``t = (i + 0.5) * S``), so centres here are
    ``(i + 0.5) * S - 0.5``; only then does a flip of cells agree with the flip of keypoints,
    x -> W - 1 - x.

    Args:
        input_size: Width and height of the network's input in pixels.
        stride: S, input pixels per cell.

    Raises:
        ValueError: The stride is not a whole positive divisor of both sides.
    """

    input_size: tuple[int, int]
    stride: int

    def __post_init__(self) -> None:
        width, height = self.input_size
        whole = isinstance(self.stride, Integral) and self.stride > 0
        if not whole or width % self.stride or height % self.stride:
            raise ValueError(
                'the input size should be a multiple of the stride, an integer above 0, got '
                f'input_size={tuple(self.input_size)} (width, height) and stride={self.stride}; '
                'change `codec.input_size` or `codec.stride`'
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the map in cells."""
        return self.input_size[0] // self.stride, self.input_size[1] // self.stride

    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """Return x of each column (W',) and y of each row (H',) in input pixels."""
        x, y = ((np.arange(n, dtype=np.float32) + 0.5) * self.stride - 0.5 for n in self.size)
        return x, y

    @cached_property
    def cell_centres(self) -> tuple[np.ndarray, np.ndarray]:
        """X and y of the centre of each cell, (H', W') each, in input pixels."""
        x, y = np.meshgrid(*self.centres())
        return x, y
