"""A part of a head's output, and the same part moved to the crop of another box."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from mmpose.codecs import MegviiHeatmap, UDPHeatmap
from torch import Tensor

from mmpose_stable.codecs.composite_localization import CompositeLocalization
from mmpose_stable.codecs.hd_heatmap import HDHeatmap

# Codecs whose cells are areas of the input; those of the others are points, the first at pixel 0.
AREAS = (CompositeLocalization, HDHeatmap, MegviiHeatmap)
# An offset counts where all that it is interpolated from lies in the region, but for rounding.
WHOLE = 1 - 1e-3


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a head's output: what losses compare of two views, or of student and teacher.

    Attributes:
        kind: It decides the loss. ``'heatmaps'``: (B, K, H, W) with a peak of about 1;
            ``'logits'``: (B, K, ...), whose softmax over all but B and K is a distribution;
            ``'offsets'``: (B, K, 2, H, W); ``'coordinates'``: (B, K, D), as shares of the input's
            sides; ``'visibilities'``: probabilities or logits (B, K, 1).
        values: Of these shapes.
        region: Where the values count, boolean: (B, K, H, W), (B, K, P) or (B, K, 1); None means
            everywhere. For offsets it is Ω.
        axis: 0 for x, 1 for y; for logits (B, K, P) along one axis.
    """

    kind: str
    values: Tensor
    region: Tensor | None = None
    axis: int = 0

    def moved(self, boxes: Tensor, codec: Any, input_size: tuple[int, int]) -> Part:
        """Return the part as it is in the crops of other boxes.

        Maps are interpolated. They count where both crops overlap, and the logits of a keypoint
        count where most of its probability does.

        Args:
            boxes: (B, 3), ``MovedBox`` of each sample.
            codec: The head's, which says where cells lie.
            input_size: Width and height of the crops in pixels.
        """
        if self.kind == 'visibilities':
            return self
        if self.kind == 'coordinates':
            return self._moved_coordinates(boxes, input_size)
        flat = self.values.ndim == 3
        axes = [self.axis] if flat else [0, 1]  # the last dimension is x
        counts = [self.values.shape[-1 - at] for at in range(len(axes))]
        places = [
            cell_places(boxes, axis, count, codec, input_size[axis])
            for axis, count in zip(axes, counts, strict=True)
        ]
        inside = outer([(at >= 0) & (at <= n - 1) for at, n in zip(places, counts, strict=True)])
        if self.kind == 'offsets':
            weights = [linear_weights(at, n) for at, n in zip(places, counts, strict=True)]
            # An offset is a vector in cells, and the cells of a larger box are larger.
            values = resample(self.values, weights) / boxes[:, 0].view(-1, 1, 1, 1, 1)
            whole = resample(self.region.to(values), weights) >= WHOLE
            return dataclasses.replace(self, values=values, region=whole & inside)
        weights = [cubic_weights(at, n) for at, n in zip(places, counts, strict=True)]
        region = inside.expand_as(self.values)
        if self.kind == 'logits':
            p = self.values.flatten(2).softmax(-1).view_as(self.values)
            seen = outer([cells_seen(at, n) for at, n in zip(places, counts, strict=True)])
            mostly = torch.where(seen, p, torch.zeros_like(p)).flatten(2).sum(-1) >= 0.5
            region = region & mostly.view(*mostly.shape, *[1] * len(axes))
        return dataclasses.replace(self, values=resample(self.values, weights), region=region)

    def _moved_coordinates(self, boxes: Tensor, input_size: tuple[int, int]) -> Part:
        """Places are shares of the input's sides; deviations, if there are any, follow them."""
        scale, start = boxes[:, None, :1], boxes[:, None, 1:]
        places, deviations = self.values[..., :2], self.values[..., 2:]
        places = (places - start / start.new_tensor(input_size)) / scale
        inside = ((places >= 0) & (places <= 1)).all(-1, keepdim=True)
        values = torch.cat((places, deviations / scale), -1)
        return dataclasses.replace(self, values=values, region=inside)


def cell_places(boxes: Tensor, axis: int, count: int, codec: Any, side: int) -> Tensor:
    """Return where the cells of the other boxes' maps lie in this one's, (B, count), in cells.

    The axis is 0 for x, 1 for y, with so many cells; the side of the input along it is in pixels.
    """
    step = (side - 1) / (count - 1) if isinstance(codec, UDPHeatmap) else side / count
    first = (step - 1) / 2 if isinstance(codec, AREAS) else 0.0
    scale, start = boxes[:, :1], boxes[:, 1 + axis, None]
    cells = torch.arange(count, device=boxes.device, dtype=boxes.dtype)
    return scale * cells + (start + (scale - 1) * first) / step


def cells_seen(places: Tensor, count: int) -> Tensor:
    """Return which cells of a map the other box's map shows, boolean (B, count)."""
    cells = torch.arange(count, device=places.device)
    reach = (places[:, 1:2] - places[:, :1]) / 2
    return (cells >= places[:, :1] - reach) & (cells <= places[:, -1:] + reach)


def linear_weights(places: Tensor, count: int) -> Tensor:
    """Return the weights (B, N, count) of linear interpolation at places (B, N) of a vector."""
    cells = torch.arange(count, device=places.device)
    return (1 - (places.clamp(0, count - 1)[..., None] - cells).abs()).clamp(min=0)


def cubic_weights(places: Tensor, count: int) -> Tensor:
    """Return the weights (B, N, count) of cubic interpolation (Keys, 1981, a = -1/2).

    It is exact for polynomials of degree 2, such as the logarithm of a Gaussian. At the border,
    where a neighbour is missing, the others share its weight.
    """
    cells = torch.arange(count, device=places.device)
    d = (places.clamp(0, count - 1)[..., None] - cells).abs()
    near = (1.5 * d - 2.5) * d.square() + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    weights = torch.where(d <= 1, near, torch.where(d < 2, far, torch.zeros_like(d)))
    return weights / weights.sum(-1, keepdim=True)


def resample(values: Tensor, weights: list[Tensor]) -> Tensor:
    """Return values (B, ..., [H,] W) weighted by (B, W, W) along x and (B, H, H) along y."""
    between = [1] * (values.ndim - 1 - len(weights))
    first, *others = (part.view(len(part), *between, *part.shape[1:]) for part in weights)
    if not others:
        return (values[..., None, :] @ first.mT).squeeze(-2)
    return others[0] @ values @ first.mT


def outer(masks: list[Tensor]) -> Tensor:
    """Return the mask (B, 1, [H,] W) of masks (B, W) along x and (B, H) along y."""
    if len(masks) == 1:
        return masks[0][:, None]
    x, y = masks
    return (y[:, :, None] & x[:, None, :])[:, None]
