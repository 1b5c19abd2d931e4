"""Heatmaps of any head of MMPose, and their shape around the peak: D_n and D(1)(2) of the paper,
section 4.3.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import layout_of
from mmpose_stable.model_parts import decoder_of

# n of D_n.
SPREAD_COUNT = 64


@contextmanager
def exposed_heatmaps(model: nn.Module) -> Iterator[None]:
    """Let the model return heatmaps inside the block, where it has any; its config is put back.

    SimCC heads (RTMPose among them) answer with the outer product of two one-dimensional
    distributions, scaled for pictures. That is no heatmap of the model and is not measured.
    """
    before = model.test_cfg
    if not layout_of(decoder_of(model)).vectors:
        model.test_cfg = {**(before or {}), 'output_heatmaps': True}
    try:
        yield
    finally:
        model.test_cfg = before


def score_maps(prediction: BaseDataElement, model: nn.Module, num_keypoints: int) -> Tensor | None:
    """Return the heatmaps (K, H, W) of a prediction, or None for a model without."""
    field = prediction.get('pred_fields')
    if field is None or 'heatmaps' not in field:
        return None
    maps = field.heatmaps
    if len(maps) != num_keypoints:
        maps = layout_of(decoder_of(model)).heatmaps(maps)
        # MMPose selects among maps where there is one a keypoint, so not among these.
        chosen = (model.test_cfg or {}).get('output_keypoint_indices')
        maps = maps if chosen is None else maps[list(chosen)]
    if len(maps) != num_keypoints:
        raise ValueError(
            f'the head returned {len(maps)} heatmaps for {num_keypoints} keypoints; with '
            "`output_heatmaps` a head's `pred_fields.heatmaps` must be one score map a keypoint"
        )
    # The measures are in float64, which Apple's GPUs do not have.
    return maps.cpu() if maps.device.type == 'mps' else maps


class Peaks(NamedTuple):
    """What is kept of heatmaps (..., H, W); each field is (...).

    Attributes:
        position: Arg-max as the flat index ``row * W + column``; ties go to the first.
        spread: D_n, the sum of squared distances of the n largest pixels from the arg-max; NaN
            where the map is not finite.
        gap: D(1)(2) of the map divided by its maximum; NaN where the map is not finite or its
            maximum not positive.
    """

    position: Tensor
    spread: Tensor
    gap: Tensor


def normalised(maps: Tensor) -> Tensor:
    """Divide each map (..., H, W) by its maximum, in float64; NaN where that is not positive."""
    maps = maps.double()
    peak = maps.amax((-2, -1), keepdim=True)
    return maps / torch.where(peak > 0, peak, torch.full_like(peak, torch.nan))


def describe_peaks(maps: Tensor, count: int = SPREAD_COUNT) -> Peaks:
    """Measure the peaks of heatmaps; ``count`` is n of D_n, or all pixels of a map with fewer."""
    height, width = maps.shape[-2:]
    flat = maps.double().flatten(-2)
    position = flat.argmax(-1)
    chosen = _largest(flat, min(count, height * width))
    pixel = torch.arange(height * width, device=maps.device)
    row, column = pixel // width, pixel % width
    squared = (row - (position // width).unsqueeze(-1)) ** 2
    squared = squared + (column - (position % width).unsqueeze(-1)) ** 2
    finite = flat.isfinite().all(-1)
    spread = torch.where(finite, (squared * chosen).sum(-1).double(), torch.nan)
    values = normalised(maps).flatten(-2).nan_to_num(nan=0.0).topk(2, dim=-1).values
    gap = torch.where(finite & (flat.amax(-1) > 0), values[..., 0] - values[..., 1], torch.nan)
    return Peaks(position, spread, gap)


def _largest(values: Tensor, count: int) -> Tensor:
    """Mark the ``count`` largest of the last axis; among equal values the first ones."""
    # ``topk`` alone leaves open which of several equal values it returns.
    threshold = values.topk(count, dim=-1).values[..., -1:]
    above, equal = values > threshold, values == threshold
    missing = count - above.sum(-1, keepdim=True)
    return above | (equal & (equal.cumsum(-1) <= missing))
