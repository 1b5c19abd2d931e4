"""What channels mean and where cells lie, for every kind of output, declared once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import torch
from mmpose.codecs import MegviiHeatmap, SimCCLabel, UDPHeatmap
from torch import Tensor


@dataclass(frozen=True)
class MapLayout:
    """Which channel of a head's maps means what.

    Args:
        parts: The maps that each keypoint has: ``'heatmap'``, ``'offset_x'``, ``'offset_y'``.
        by_keypoint: Whether the channels of a keypoint lie together. Otherwise all channels of the
            first part come first, then those of the second.
        peak: The largest value of a perfect heatmap.
        vectors: Whether each keypoint has a vector along x and one along y instead of maps.
    """

    parts: tuple[str, ...] = ('heatmap',)
    by_keypoint: bool = False
    peak: float = 1.0
    vectors: bool = False

    def split(self, maps: Any) -> tuple[Any, ...]:
        """Return views (..., K, H, W) of the maps, one for each part.

        Args:
            maps: Array or tensor (..., C, H, W), C = K times the number of parts.

        Raises:
            ValueError: The number of channels is no multiple of the number of parts.
        """
        count, channels = len(self.parts), maps.shape[-3]
        if count == 1:
            return (maps,)
        if channels % count:
            raise ValueError(
                f'expected {count} channels for each keypoint ({", ".join(self.parts)}), got '
                f'{channels} in all: the head and `head.decoder` disagree; CompositeLocalization '
                'decodes the maps of CLHead and CLHourglassHead'
            )
        if self.by_keypoint:
            return tuple(maps[..., part::count, :, :] for part in range(count))
        k = channels // count
        return tuple(maps[..., part * k : (part + 1) * k, :, :] for part in range(count))

    def join(self, *parts: Tensor) -> Tensor:
        """Return maps (..., C, H, W) of their parts (..., K, H, W); it undoes :meth:`split`."""
        if self.by_keypoint:
            return torch.stack(parts, -3).flatten(-4, -3)
        return torch.cat(parts, -3)

    def heatmaps(self, maps: Any) -> Any:
        """Return the heatmaps (..., K, H, W) of maps (..., C, H, W)."""
        return self.split(maps)[self.parts.index('heatmap')]

    def offsets(self, maps: Tensor) -> Tensor | None:
        """Return the offsets (..., K, 2, H, W), x before y, of maps; None where there are none."""
        if 'offset_x' not in self.parts:
            return None
        found = dict(zip(self.parts, self.split(maps), strict=True))
        return torch.stack((found['offset_x'], found['offset_y']), -3)

    def flip(self, maps: Tensor, flip_indices: Sequence[int]) -> Tensor:
        """Mirror maps left to right.

        Channels swap with their symmetric keypoint, and x-offsets change sign.

        Args:
            maps: (..., C, H, W).
            flip_indices: For each keypoint, the index of its mirror image.

        Raises:
            ValueError: ``flip_indices`` does not name K keypoints.
        """
        parts = self.split(maps)
        if len(flip_indices) != parts[0].shape[-3]:
            raise ValueError(
                f'flip_indices should name {parts[0].shape[-3]} keypoints, got '
                f'{len(flip_indices)}: the head and the data set disagree'
            )
        mirrored = [part.flip(-1)[..., list(flip_indices), :, :] for part in parts]
        return self.join(
            *(
                -part if name == 'offset_x' else part
                for name, part in zip(self.parts, mirrored, strict=True)
            )
        )


PLAIN = MapLayout()
#: MMPose's MSPN and RSN have it.
MEGVII = MapLayout(peak=255.0)
UDP_COMBINED = MapLayout(('heatmap', 'offset_x', 'offset_y'), by_keypoint=True)
SIMCC = MapLayout(vectors=True)
#: The targets ``offsets`` of composite localization, section 3.1, and its whole maps.
COMPOSITE_OFFSETS = MapLayout(('offset_y', 'offset_x'))
COMPOSITE = MapLayout(('heatmap', *COMPOSITE_OFFSETS.parts))


def layout_of(codec: Any) -> MapLayout:
    """Return the layout of the maps that a codec decodes: its own ``layout``, or that of MMPose's.

    Args:
        codec: A codec; None and codecs of coordinates have the layout of plain heatmaps.
    """
    if isinstance(codec, UDPHeatmap) and codec.heatmap_type == 'combined':
        return UDP_COMBINED
    if isinstance(codec, MegviiHeatmap):
        return MEGVII
    if isinstance(codec, SimCCLabel):
        return SIMCC
    return getattr(codec, 'layout', PLAIN)


def check_map_size(codec: Any, maps: Tensor) -> None:
    """Check that maps (..., H, W) have the size that a codec makes and decodes, if it names one.

    Raises:
        ValueError: The sizes differ.
    """
    expected = getattr(codec, 'heatmap_size', None)
    given = (maps.shape[-1], maps.shape[-2])
    if expected is not None and given != tuple(expected):
        raise ValueError(
            f'head and codec disagree: the head gives maps of {given} cells (width, height), '
            f'{type(codec).__name__} takes {tuple(expected)}; change `codec.heatmap_size` or '
            '`codec.stride`, or the stride of the backbone and the deconvolutions of the head'
        )


def cell_centre(index: Any, stride: Any) -> Any:
    """Return where the centre of a cell lies, in input pixels.

    Frame: input pixels with pixel *centres* at integers, as MMPose's ``TopdownAffine`` makes them.
    The papers' frame has pixel *edges* at integers (``t = (i + 0.5) * S``), so centres here are
    ``(i + 0.5) * S - 0.5``. Only then does a flip of cells agree with the flip of keypoints,
    x -> W - 1 - x.

    Args:
        index: Column or row of the cell, or a position between cells.
        stride: Input pixels per cell.
    """
    return (index + 0.5) * stride - 0.5


@dataclass(frozen=True)
class MapGrid:
    """The cells of a low-resolution map of square cells.

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
        x, y = (cell_centre(np.arange(n, dtype=np.float32), self.stride) for n in self.size)
        return x, y

    @cached_property
    def cell_centres(self) -> tuple[np.ndarray, np.ndarray]:
        """X and y of the centre of each cell, (H', W') each, in input pixels."""
        x, y = np.meshgrid(*self.centres())
        return x, y
