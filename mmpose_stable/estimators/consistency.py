"""What a head's raw output means to the losses that compare views, or student and teacher."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import singledispatch
from typing import Any

import torch
from mmpose.models.heads import IntegralRegressionHead, RLEHead, VisPredictHead
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import layout_of
from mmpose_stable.estimators.output_part import Part
from mmpose_stable.heads.cl_head import CompositeHead
from mmpose_stable.model_parts import replaced
from mmpose_stable.tensors import at_least_float32, map_tensors

# Where a softmax has become 0 its logarithm stops here, and so does its gradient.
MIN_PROBABILITY = 1e-24


def stage_parts(head: nn.Module, outputs: Any) -> list[list[Part]]:
    """Return the parts of the output of every supervised stage, the predicting one last.

    Args:
        head: The head. One with visibility is read as the head inside it.
        outputs: What ``head.forward`` returned; maps of several stages are a list.
    """
    if isinstance(head, VisPredictHead):
        *earlier, last = stage_parts(head.pose_head, outputs[0])
        return [*earlier, [*last, Part('visibilities', outputs[1][..., None])]]
    stages = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    if not all(isinstance(stage, Tensor) and stage.ndim == 4 for stage in stages):
        stages = [outputs]
    return [output_parts(head, stage) for stage in stages]


@singledispatch
def output_parts(head: nn.Module, outputs: Any) -> list[Part]:
    """Return the parts of the output of one stage of a head.

    A head of another kind joins in with ``@output_parts.register(MyHead)``. Without that, the shape
    of the output decides: (B, K, H, W) are heatmaps, and offsets where the codec's layout has them;
    a pair of (B, K, P) is SimCC's logits along x and y; (B, K, D) are coordinates.

    Raises:
        TypeError: The output is none of these.
    """
    if isinstance(outputs, Tensor) and outputs.ndim == 4:
        if getattr(head, 'takes_logits', False):
            return [Part('logits', outputs)]
        if isinstance(head, CompositeHead):
            outputs = head.activate(outputs)
        layout = layout_of(getattr(head, 'decoder', None))
        heatmaps, offsets = layout.heatmaps(outputs), layout.offsets(outputs)
        if offsets is not None:
            return [Part('heatmaps', heatmaps), Part('offsets', offsets)]
        return [Part('heatmaps', heatmaps if layout.peak == 1 else heatmaps / layout.peak)]
    if isinstance(outputs, Tensor) and outputs.ndim == 3:
        return [Part('coordinates', outputs)]
    if isinstance(outputs, (list, tuple)) and [getattr(o, 'ndim', 0) for o in outputs] == [3, 3]:
        # KLDiscretLoss(beta) trains the softmax of beta times the output.
        beta = getattr(getattr(head, 'loss_module', None), 'beta', 1.0)
        return [Part('logits', beta * values, axis=axis) for axis, values in enumerate(outputs)]
    raise ValueError(
        f'{type(head).__name__} gives neither heatmaps nor SimCC vectors nor coordinates: register '
        'it with `mmpose_stable.estimators.output_parts.register`'
    )


@output_parts.register(IntegralRegressionHead)  # and DSNT: coordinates and a softmax of maps
def _(head: IntegralRegressionHead, outputs: Any) -> list[Part]:
    coordinates, probabilities = outputs
    logits = at_least_float32(probabilities).clamp(min=MIN_PROBABILITY).log()
    return [Part('coordinates', coordinates), Part('logits', logits)]


@output_parts.register(RLEHead)
def _(head: RLEHead, outputs: Tensor) -> list[Part]:
    # As its loss and its decoder read them: the deviations pass a sigmoid.
    places, deviations = outputs.split(2, -1)
    return [Part('coordinates', torch.cat((places, deviations.sigmoid()), -1))]


def maps_of(parts: list[Part]) -> list[Part]:
    """Return the parts that are maps: one, or SimCC's along x and along y, or none."""
    return [part for part in parts if part.kind in ('heatmaps', 'logits')]


def scaled_maps(view: list[Part], clean: list[Part], scale: str) -> list[Tensor]:
    """Return the maps (B, K, ...) of a view as a loss compares them.

    Heatmaps that a head regresses have a peak of about 1 and are returned as they are. Of logits,
    ``scale`` decides:

    - ``'logits'``: they are returned as they are.
    - ``'maps'``: their softmax, divided by its maximum.
    - ``'clean_scale'``: their softmax, divided by the clean view's maximum, a constant. The clean
      view's own peak is then 1 with a gradient, a perturbed one's is the share of the clean peak's
      probability that is left. Values are at most the number of pixels of a map.
    """
    return [
        _scaled(own, reference, scale)
        for own, reference in zip(maps_of(view), maps_of(clean), strict=True)
    ]


def _scaled(own: Part, clean: Part, scale: str) -> Tensor:
    if own.kind == 'heatmaps' or scale == 'logits':
        return own.values
    logits = at_least_float32(own.values).flatten(2)
    if scale == 'maps':
        scaled = logits - logits.amax(-1, keepdim=True)
    else:
        log_clean = at_least_float32(clean.values.detach()).flatten(2).log_softmax(-1)
        scaled = logits.log_softmax(-1) - log_clean.amax(-1, keepdim=True)
    return scaled.exp().view_as(own.values)


def offset_region(head: nn.Module, heatmaps: Tensor, data_samples: list) -> Tensor:
    """Return Ω, boolean (B, K, H, W): where the head's own loss trains offsets."""
    targets = torch.stack([sample.gt_fields.heatmaps for sample in data_samples])
    if isinstance(head, CompositeHead):
        return head.loss_module.offset_region(heatmaps, targets)
    return layout_of(head.decoder).heatmaps(targets) > 0


def select(outputs: Any, start: int, stop: int) -> Any:
    """Return entries ``start:stop`` of the batch of every tensor in nested lists and tuples."""
    return map_tensors(lambda tensor: tensor[start:stop], outputs)


@contextmanager
def given_outputs(head: nn.Module, outputs: Any) -> Iterator[None]:
    """Let ``head.loss`` use outputs that are already computed, instead of a second forward pass.

    ``loss`` of every MMPose head calls ``self.forward(feats)``. A second pass would update batch
    normalisation twice. A head that computes its loss otherwise is not affected.
    """
    with ExitStack() as stack:
        stack.enter_context(replaced(head, 'forward', lambda feats: outputs))
        if isinstance(head, VisPredictHead):
            # It asks the head that locates keypoints for that head's own loss.
            stack.enter_context(replaced(head.pose_head, 'forward', lambda feats: outputs[0]))
        yield
