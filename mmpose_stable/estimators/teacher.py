"""The frozen copy of a model that another learns from without labels."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import torch
from mmpose.models.heads import IntegralRegressionHead, RLEHead, VisPredictHead
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import layout_of
from mmpose_stable.estimators.consistency import stability_maps
from mmpose_stable.heads.cl_head import CompositeHead
from mmpose_stable.losses.teacher import teacher_distance
from mmpose_stable.model_files import load_weights
from mmpose_stable.tensors import at_least_float32, map_tensors


@dataclass(frozen=True)
class Part:
    """A part of a head's output that the student is asked for.

    Attributes:
        kind: ``'heatmaps'``, ``'logits'``, ``'offsets'`` or ``'coordinates'``; it decides the loss.
        values: (B, K, ...).
        region: Ω, boolean (B, K, H, W), of offsets.
    """

    kind: str
    values: Tensor
    region: Tensor | None = None


class Teacher:
    """A model with the weights of a checkpoint that never learns.

    It is no ``nn.Module``: its weights are not in the student's state, get no gradient and are no
    parameters to a distributed wrapper. It is built when the first batch comes, so that a student
    is tested without the checkpoint of its teacher.

    Args:
        model: Arguments of ``TopdownPoseEstimator``: the student's, without a data preprocessor.
        checkpoint: File with the weights of the teacher.
        peak_weight: Factor of the term at the teacher's maximum, for heatmaps. Other values than
            0 were not tried.
    """

    def __init__(self, model: dict[str, Any], checkpoint: str, peak_weight: float = 0.0) -> None:
        self.config = copy.deepcopy(model)
        self.checkpoint = checkpoint
        self.peak_weight = peak_weight
        self.model: nn.Module | None = None

    def outputs(self, pictures: Tensor) -> Any:
        """Return what the head puts out for normalised pictures (B, C, H, W), without gradient.

        Raises:
            ModelFilesError: The checkpoint does not fit the model.
        """
        if self.model is None:
            model = TopdownPoseEstimator(**copy.deepcopy(self.config))
            load_weights(model, self.checkpoint, 'the config of the student')
            self.model = model.eval().requires_grad_(False)
        self.model.to(pictures.device)
        with torch.no_grad():
            outputs = self.model.head.forward(self.model.extract_feat(pictures))
        return map_tensors(at_least_float32, outputs)

    def distance(self, head: nn.Module, student: Any, teacher: Any) -> Tensor:
        """Return how far the student's output is from the teacher's, a scalar.

        Args:
            head: The student's head, which says what its outputs are.
            student: What its ``forward`` returned.
            teacher: What :meth:`outputs` returned for the same samples.
        """
        pairs = zip(matched_parts(head, student), matched_parts(head, teacher), strict=True)
        return sum(
            teacher_distance(own.kind, own.values, aim.values, aim.region, self.peak_weight)
            for own, aim in pairs
        )


@singledispatch
def matched_parts(head: nn.Module, outputs: Any) -> list[Part]:
    """Return the parts of a head's output that are matched, those of every supervised stage.

    A head of another kind joins in with ``@matched_parts.register(MyHead)``. Without that the
    shape of the output decides: (B, K, D) are coordinates; the others as in ``stability_maps``.

    Args:
        head: The head.
        outputs: What ``head.forward`` returned.

    Raises:
        TypeError: The output is of no known kind.
    """
    if isinstance(outputs, Tensor) and outputs.ndim == 3:
        return [Part('coordinates', outputs)]
    layout = layout_of(getattr(head, 'decoder', None))
    parts = []
    for stage in stages(outputs):
        if len(layout.parts) > 1:
            heatmaps, offsets = layout.heatmaps(stage), layout.offsets(stage)
            # The target of the heatmap is 1 in Ω and 0 outside.
            region = heatmaps.detach() >= 0.5
            parts += [Part('heatmaps', heatmaps), Part('offsets', offsets, region)]
            continue
        seen = stability_maps(head, stage, [])
        kind, values = ('logits', seen.logits) if seen.own_scale else ('heatmaps', seen.maps)
        parts += [Part(kind, value) for value in values]
    return parts


@matched_parts.register(RLEHead)
def _(head: RLEHead, outputs: Any) -> list[Part]:
    # As its loss and its decoder read them: the deviations pass a sigmoid.
    places, deviations = outputs.split(2, -1)
    return [Part('coordinates', torch.cat((places, deviations.sigmoid()), -1))]


@matched_parts.register(IntegralRegressionHead)
def _(head: IntegralRegressionHead, outputs: Any) -> list[Part]:
    (logits,) = stability_maps(head, outputs, []).logits
    return [Part('coordinates', outputs[0]), Part('logits', logits)]


@matched_parts.register(VisPredictHead)
def _(head: VisPredictHead, outputs: Any) -> list[Part]:
    # Visibilities are probabilities or logits (B, K).
    return [*matched_parts(head.pose_head, outputs[0]), Part('coordinates', outputs[1][..., None])]


@matched_parts.register(CompositeHead)
def _(head: CompositeHead, outputs: Any) -> list[Part]:
    parts = []
    for stage in stages(outputs):
        heatmaps = head.loss_module.activate(head.layout.heatmaps(stage))
        region = head.loss_module.offset_region(heatmaps, heatmaps.detach())
        offsets = head.layout.offsets(stage)
        parts += [Part('heatmaps', heatmaps), Part('offsets', offsets, region)]
    return parts


def stages(outputs: Any) -> list[Any]:
    """Return the output of each stage; that of a head with one stage is alone in the list."""
    several = isinstance(outputs, (list, tuple)) and all(
        isinstance(part, Tensor) and part.ndim == 4 for part in outputs
    )
    return list(outputs) if several else [outputs]
