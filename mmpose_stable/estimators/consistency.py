"""What a head's raw output means to the losses that compare views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import torch
from torch import Tensor, nn

from mmpose_stable.engine.replaced_forward import replaced_forward
from mmpose_stable.engine.tensor_trees import map_tensors
from mmpose_stable.heads.composite_base import CompositeHead
from mmpose_stable.heads.rcc_head import RCCHead, peak_scaled


@dataclass(frozen=True)
class StabilityMaps:
    """One view's output as consistency losses see it.

    A head with one 2-D map a keypoint has one entry in ``maps`` and ``logits``; SimCC heads have
    two, the distributions along x and along y.

    Args:
        maps: Maps (B, K, ...) on the scale [0, 1] with a peak of about 1; MST and ST compare these.
        logits: Values (B, K, ...) whose softmax over a map is its distribution; JSD compares these.
        offsets: Offset maps (B, K, 2, H, W) of heads that predict them.
        region: Ω, boolean (B, K, H, W): where offsets mean something.
    """

    maps: tuple[Tensor, ...]
    logits: tuple[Tensor, ...]
    offsets: Tensor | None = None
    region: Tensor | None = None

    @classmethod
    def of_heatmaps(cls, heatmaps: Tensor, **offsets: Tensor) -> StabilityMaps:
        """Return the maps of a head that regresses heatmaps (B, K, H, W) with a peak of 1."""
        return cls((heatmaps,), (heatmaps,), **offsets)


@singledispatch
def stability_maps(head: nn.Module, outputs: Any, data_samples: list) -> StabilityMaps:
    """Return what consistency losses compare of a head's output.

    A head of another kind joins in with ``@stability_maps.register(MyHead)``. Without that the
    shape of the output decides: maps (B, K, H, W) are heatmaps with a peak of 1, of a list of them
    (one a stage) the last is taken; a pair of (B, K, P) is SimCC's logits along x and y; where a
    pair holds coordinates and maps (DSNT), the maps count. Channels of MMPose's combined UDP maps
    are told apart by its codec.

    Args:
        head: The head.
        outputs: What ``head.forward`` returned for one view of a batch.
        data_samples: The batch's samples with their targets.

    Raises:
        TypeError: The output holds no map.
    """
    last = outputs
    if isinstance(outputs, (list, tuple)):
        if len(outputs) == 2 and all(_dims(part) == 3 for part in outputs):
            # KLDiscretLoss(beta) trains the softmax of beta times the output.
            beta = getattr(getattr(head, 'loss_module', None), 'beta', 1.0)
            logits = tuple(beta * part for part in outputs)
            return StabilityMaps(tuple(_peak_scaled_rows(part) for part in logits), logits)
        last = outputs[-1]
        while isinstance(last, (list, tuple)) and last:
            last = last[-1]
    if _dims(last) != 4:
        raise TypeError(
            f'{type(head).__name__} gives no maps to compare views by; take a head with '
            'heatmaps or SimCC vectors, register the head with '
            '`mmpose_stable.estimators.stability_maps.register`, or leave `model.consistency` empty'
        )
    codec = getattr(head, 'decoder', None)
    if getattr(codec, 'heatmap_type', None) != 'combined':
        return StabilityMaps.of_heatmaps(last)
    heatmaps, offset_x, offset_y = last.unflatten(1, (-1, 3)).unbind(2)
    targets = torch.stack([sample.gt_fields.heatmaps for sample in data_samples])
    return StabilityMaps.of_heatmaps(
        heatmaps,
        offsets=torch.stack((offset_x, offset_y), 2),
        region=targets.unflatten(1, (-1, 3))[:, :, 0] > 0,
    )


@stability_maps.register(RCCHead)
def _(head: RCCHead, outputs: Tensor, data_samples: list) -> StabilityMaps:
    if not head.takes_logits:
        return StabilityMaps.of_heatmaps(outputs)
    return StabilityMaps((peak_scaled(outputs),), (outputs,))


@stability_maps.register(CompositeHead)
def _(head: CompositeHead, outputs: Any, data_samples: list) -> StabilityMaps:
    maps = outputs[-1] if isinstance(outputs, (list, tuple)) else outputs
    heatmaps, offsets_y, offsets_x = head.layout.split(maps)
    heatmaps = head.loss_module.activate(heatmaps)
    targets = torch.stack([sample.gt_fields.heatmaps for sample in data_samples])
    return StabilityMaps.of_heatmaps(
        heatmaps,
        offsets=torch.stack((offsets_x, offsets_y), 2),
        region=head.loss_module.offset_region(heatmaps, targets),
    )


def _dims(part: Any) -> int:
    return part.ndim if isinstance(part, Tensor) else 0


def _peak_scaled_rows(logits: Tensor) -> Tensor:
    """Return the distribution over the last axis divided by its maximum, in float32 or wider."""
    return peak_scaled(logits[..., None, :])[..., 0, :]


def select(outputs: Any, start: int, stop: int) -> Any:
    """Return entries ``start:stop`` of the batch of every tensor in nested lists and tuples."""
    return map_tensors(lambda tensor: tensor[start:stop], outputs)


@contextmanager
def given_outputs(head: nn.Module, outputs: Any) -> Iterator[None]:
    """Let ``head.loss`` use outputs that are already computed, instead of a second forward pass.

    ``loss`` of every MMPose head calls ``self.forward(feats)``. Running the head twice would cost
    time and would update batch normalisation twice. A head that computes its loss otherwise is not
    affected.
    """
    with replaced_forward(head, lambda feats: outputs):
        yield
