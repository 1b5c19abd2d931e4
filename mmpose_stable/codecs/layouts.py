"""What channels mean and where cells lie, for every kind of output, declared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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

    def split(self, maps: Tensor) -> tuple[Tensor, ...]:
        """Return views (..., K, H, W) of maps (..., C, H, W), one for each part.

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
        return maps.chunk(count, -3)

    def join(self, *parts: Tensor) -> Tensor:
        """Return maps (..., C, H, W) of their parts (..., K, H, W); it undoes :meth:`split`."""
        if self.by_keypoint:
            return torch.stack(parts, -3).flatten(-4, -3)
        return torch.cat(parts, -3)

    def heatmaps(self, maps: Tensor) -> Tensor:
        """Return the heatmaps (..., K, H, W) of maps (..., C, H, W)."""
        return self.split(maps)[self.parts.index('heatmap')]

    def offsets(self, maps: Tensor) -> Tensor | None:
        """Return the offsets (..., K, 2, H, W), x before y, of maps; None where there are none."""
        if 'offset_x' not in self.parts:
            return None
        found = dict(zip(self.parts, self.split(maps), strict=True))
        return torch.stack((found['offset_x'], found['offset_y']), -3)

    def flip(self, maps: Tensor, flip_indices: Sequence[int]) -> Tensor:
        """Mirror maps (..., C, H, W) left to right.

        Channels swap with their symmetric keypoint, and x-offsets change sign.

        Raises:
            ValueError: ``flip_indices`` does not name K keypoints.
        """
        parts = self.split(maps)
        if len(flip_indices) != parts[0].shape[-3]:
            raise ValueError(
                f'flip_indices should name {parts[0].shape[-3]} keypoints, got '
                f'{len(flip_indices)}: the head and the data set disagree'
            )
        mirrored = (part.flip(-1)[..., list(flip_indices), :, :] for part in parts)
        named = zip(self.parts, mirrored, strict=True)
        return self.join(*(-part if name == 'offset_x' else part for name, part in named))


PLAIN = MapLayout()
#: MMPose's MSPN and RSN have it.
MEGVII = MapLayout(peak=255.0)
UDP_COMBINED = MapLayout(('heatmap', 'offset_x', 'offset_y'), by_keypoint=True)
SIMCC = MapLayout(vectors=True)
#: Composite localization, section 3.1.
COMPOSITE = MapLayout(('heatmap', 'offset_y', 'offset_x'))


def layout_of(codec: Any) -> MapLayout:
    """Return the layout of the maps of a codec; that of plain heatmaps for None or coordinates."""
    if isinstance(codec, UDPHeatmap) and codec.heatmap_type == 'combined':
        return UDP_COMBINED
    if isinstance(codec, MegviiHeatmap):
        return MEGVII
    if isinstance(codec, SimCCLabel):
        return SIMCC
    return getattr(codec, 'layout', PLAIN)


def check_map_size(codec: Any, maps: Tensor) -> None:
    """Raise ValueError where maps (..., H, W) have another size than that which a codec names."""
    expected = getattr(codec, 'heatmap_size', None)
    given = (maps.shape[-1], maps.shape[-2])
    if expected is not None and given != tuple(expected):
        raise ValueError(
            f'head and codec disagree: the head gives maps of {given} cells (width, height), '
            f'{type(codec).__name__} takes {tuple(expected)}; change `codec.heatmap_size` or '
            '`codec.stride`, or the stride of the backbone and the deconvolutions of the head'
        )


def cell_centre(index: Any, stride: Any) -> Any:
    """Return where the centre of a column or row of cells lies, or a position between cells.

    Frame: input pixels with pixel *centres* at integers, as MMPose's ``TopdownAffine`` makes them.
    The papers' frame has pixel *edges* at integers (``t = (i + 0.5) * S``). A flip of the cells
    agrees with the flip of keypoints, x -> W - 1 - x.
    """
    return (index + 0.5) * stride - 0.5
