"""What a head's raw output means to the losses that compare views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import torch
from mmpose.models.heads import IntegralRegressionHead, VisPredictHead
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import layout_of
from mmpose_stable.heads.cl_head import CompositeHead
from mmpose_stable.heads.rcc_head import RCCHead
from mmpose_stable.model_parts import replaced_forward
from mmpose_stable.tensors import at_least_float32, map_tensors

# Where a softmax has become 0 its logarithm stops here, and so does its gradient.
MIN_PROBABILITY = 1e-24


@dataclass(frozen=True)
class StabilityMaps:
    """The output for one view, as the losses that compare views see it.

    A head with one 2-D map a keypoint has one entry in ``maps`` and ``logits``; SimCC heads have
    two, the distributions along x and along y.

    Args:
        maps: Maps (B, K, ...) on the scale [0, 1] with a peak of about 1; MST and ST compare these.
        logits: Values (B, K, ...) whose softmax over a map is its distribution; JSD compares these.
        offsets: Offset maps (B, K, 2, H, W) of heads that predict them.
        region: Ω, boolean (B, K, H, W): where offsets mean something.
        own_scale: Whether ``maps`` are the softmax of ``logits``, each divided by its own maximum.
            Heatmaps that a head regresses have no such scale.
    """

    maps: tuple[Tensor, ...]
    logits: tuple[Tensor, ...]
    offsets: Tensor | None = None
    region: Tensor | None = None
    own_scale: bool = False

    @classmethod
    def of_heatmaps(cls, heatmaps: Tensor, **offsets: Tensor) -> StabilityMaps:
        """Return the maps of a head that regresses heatmaps (B, K, H, W) with a peak of 1."""
        return cls((heatmaps,), (heatmaps,), **offsets)

    @classmethod
    def of_logits(cls, *logits: Tensor) -> StabilityMaps:
        """Return the maps of a head that gives logits (B, K, ...), softmax over all but B and K."""
        return cls(tuple(peak_scaled(part) for part in logits), logits, own_scale=True)

    def on_scale_of(self, clean: StabilityMaps) -> tuple[Tensor, ...]:
        """Return ``maps`` divided by the clean view's maxima, which are constants.

        The clean view's own peak is then 1 with a gradient, a perturbed one's is the share of the
        clean peak's probability that is left. Values are at most the number of pixels of a map.
        Heatmaps that a head regresses are returned as they are.
        """
        if not self.own_scale:
            return self.maps
        parts = zip(self.logits, clean.logits, strict=True)
        return tuple(clean_scaled(part, reference) for part, reference in parts)


@singledispatch
def stability_maps(head: nn.Module, outputs: Any, data_samples: list) -> StabilityMaps:
    """Return what consistency losses compare of a head's output.

    A head of another kind joins in with ``@stability_maps.register(MyHead)``. Without that, the
    shape of the output decides:

    - Maps (B, K, H, W) are heatmaps with a peak of 1. Of a list of them (one a stage) the last one
      is taken.
    - A pair of (B, K, P) is SimCC's logits along x and y.
    - Of a pair of coordinates and maps, the maps are taken. MMPose's integral regression and DSNT
      give a softmax of maps, which is taken as such.
    - A head with visibility is treated as the head inside it.

    The codec's layout tells heatmaps from offsets, and maps are divided by its peak.

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
            return StabilityMaps.of_logits(*logits)
        last = outputs[-1]
        while isinstance(last, (list, tuple)) and last:
            last = last[-1]
    if _dims(last) != 4:
        raise TypeError(
            f'{type(head).__name__} gives no maps to compare views by; take a head with '
            'heatmaps or SimCC vectors, register the head with '
            '`mmpose_stable.estimators.stability_maps.register`, or leave `model.consistency` empty'
        )
    layout = layout_of(getattr(head, 'decoder', None))
    heatmaps, offsets = layout.heatmaps(last), layout.offsets(last)
    if offsets is None:
        return StabilityMaps.of_heatmaps(heatmaps if layout.peak == 1 else heatmaps / layout.peak)
    targets = torch.stack([sample.gt_fields.heatmaps for sample in data_samples])
    return StabilityMaps.of_heatmaps(heatmaps, offsets=offsets, region=layout.heatmaps(targets) > 0)


@stability_maps.register(RCCHead)
def _(head: RCCHead, outputs: Any, data_samples: list) -> StabilityMaps:
    if not head.takes_logits:
        return stability_maps.dispatch(object)(head, outputs, data_samples)
    last = outputs[-1] if isinstance(outputs, (list, tuple)) else outputs
    return StabilityMaps.of_logits(last)


@stability_maps.register(IntegralRegressionHead)
def _(head: IntegralRegressionHead, outputs: Any, data_samples: list) -> StabilityMaps:
    probabilities = at_least_float32(outputs[1])
    return StabilityMaps.of_logits(probabilities.clamp(min=MIN_PROBABILITY).log())


@stability_maps.register(VisPredictHead)
def _(head: VisPredictHead, outputs: Any, data_samples: list) -> StabilityMaps:
    return stability_maps(head.pose_head, outputs[0], data_samples)


@stability_maps.register(CompositeHead)
def _(head: CompositeHead, outputs: Any, data_samples: list) -> StabilityMaps:
    maps = outputs[-1] if isinstance(outputs, (list, tuple)) else outputs
    heatmaps = head.loss_module.activate(head.layout.heatmaps(maps))
    targets = torch.stack([sample.gt_fields.heatmaps for sample in data_samples])
    return StabilityMaps.of_heatmaps(
        heatmaps,
        offsets=head.layout.offsets(maps),
        region=head.loss_module.offset_region(heatmaps, targets),
    )


def _dims(part: Any) -> int:
    return part.ndim if isinstance(part, Tensor) else 0


def peak_scaled(logits: Tensor) -> Tensor:
    """Return the softmax of each map (B, K, ...) divided by its maximum, in float32 or wider."""
    flat = at_least_float32(logits).flatten(2)
    return (flat - flat.amax(-1, keepdim=True)).exp().view_as(logits)


def clean_scaled(logits: Tensor, clean: Tensor) -> Tensor:
    """Return the softmax of each map (B, K, ...) divided by the maximum of the clean map's softmax.

    The maximum is held constant. Computed from logarithms, in float32 or wider.
    """
    log_p = at_least_float32(logits).flatten(2).log_softmax(-1)
    log_clean = at_least_float32(clean.detach()).flatten(2).log_softmax(-1)
    return (log_p - log_clean.amax(-1, keepdim=True)).exp().view_as(logits)


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
        if isinstance(head, VisPredictHead):
            # It asks the head that locates keypoints for that head's own loss.
            with given_outputs(head.pose_head, outputs[0]):
                yield
        else:
            yield
