"""A part of a head's output, and the same part moved to the crop of another box."""

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

    def moved(self, boxes: Tensor, codec: Any, input_size: tuple[int, int]) -> 'Part':
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
        flat = self.values.ndim == 3  # one axis: maps of one row
        values = self.values.unsqueeze(-2) if flat else self.values
        height, width = values.shape[-2:]
        x = cell_places(boxes, self.axis, width, codec, input_size)
        y = torch.zeros_like(x[:, :1]) if flat else cell_places(boxes, 1, height, codec, input_size)
        inside = outer((y >= 0) & (y <= height - 1), (x >= 0) & (x <= width - 1))
        if self.kind == 'offsets':
            weights = linear_weights(y, height), linear_weights(x, width)
            # An offset is a vector in cells, and the cells of a larger box are larger.
            values = resample(values, *weights) / boxes[:, 0].view(-1, 1, 1, 1, 1)
            whole = resample(self.region.to(values), *weights) >= WHOLE
            return dataclasses.replace(self, values=values, region=whole & inside)
        region = inside.expand_as(values)
        if self.kind == 'logits':
            p = values.flatten(2).softmax(-1).view_as(values)
            seen = outer(cells_seen(y, boxes, height), cells_seen(x, boxes, width))
            region = region & ((p * seen).sum((-2, -1), keepdim=True) >= 0.5)
        values = resample(values, cubic_weights(y, height), cubic_weights(x, width))
        if flat:
            values, region = values.squeeze(-2), region.squeeze(-2)
        return dataclasses.replace(self, values=values, region=region)

    def _moved_coordinates(self, boxes: Tensor, input_size: tuple[int, int]) -> 'Part':
        """Places are shares of the input's sides; deviations, if there are any, follow them."""
        scale, start = boxes[:, None, :1], boxes[:, None, 1:]
        places, deviations = self.values[..., :2], self.values[..., 2:]
        places = (places - start / start.new_tensor(input_size)) / scale
        inside = ((places >= 0) & (places <= 1)).all(-1, keepdim=True)
        values = torch.cat((places, deviations / scale), -1)
        return dataclasses.replace(self, values=values, region=inside)


def cell_places(
    boxes: Tensor, axis: int, count: int, codec: Any, input_size: tuple[int, int]
) -> Tensor:
    """Return where the cells of the other boxes' maps lie in this one's, (B, count), in cells."""
    side = input_size[axis]
    step = (side - 1) / (count - 1) if isinstance(codec, UDPHeatmap) else side / count
    first = (step - 1) / 2 if isinstance(codec, AREAS) else 0.0
    scale, start = boxes[:, :1], boxes[:, 1 + axis, None]
    cells = torch.arange(count, device=boxes.device, dtype=boxes.dtype)
    return scale * cells + (start + (scale - 1) * first) / step


def cells_seen(places: Tensor, boxes: Tensor, count: int) -> Tensor:
    """Return which cells of a map the other box's map shows, boolean (B, count)."""
    cells = torch.arange(count, device=places.device)
    reach = boxes[:, :1] / 2
    return (cells >= places[:, :1] - reach) & (cells <= places[:, -1:] + reach)


def linear_weights(places: Tensor, count: int) -> Tensor:
    """Return the weights (B, N, count) of linear interpolation at places (B, N) of a vector."""
    cells = torch.arange(count, device=places.device)
    return (1 - (places.clamp(0, count - 1)[..., None] - cells).abs()).clamp(min=0)


def cubic_weights(places: Tensor, count: int) -> Tensor:
    """Return the weights (B, N, count) of cubic interpolation (Keys, 1981, a = -1/2).

    It is exact for polynomials of degree 2, such as the logarithm of a Gaussian; PyTorch's bicubic
    mode, with a = -3/4, is not. At the border, where a neighbour is missing, the others share its
    weight.
    """
    cells = torch.arange(count, device=places.device)
    d = (places.clamp(0, count - 1)[..., None] - cells).abs()
    near = (1.5 * d - 2.5) * d.square() + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    weights = torch.where(d <= 1, near, torch.where(d < 2, far, torch.zeros_like(d)))
    return weights / weights.sum(-1, keepdim=True)


def resample(values: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return values (B, ..., H, W) weighted by (B, H, H) along y and (B, W, W) along x."""
    return torch.einsum('byh,b...hw,bxw->b...yx', rows, values, columns)


def outer(rows: Tensor, columns: Tensor) -> Tensor:
    """Return the mask (B, 1, H, W) of masks (B, H) along y and (B, W) along x."""
    return (rows[:, :, None] & columns[:, None, :])[:, None]
