"""The frozen copy of a model that another learns from without labels."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import torch
from mmpose.models.heads import IntegralRegressionHead, RLEHead, VisPredictHead
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import layout_of
from mmpose_stable.estimators.consistency import select, stability_maps
from mmpose_stable.estimators.output_part import Part
from mmpose_stable.heads.cl_head import CompositeHead
from mmpose_stable.losses.teacher import teacher_distance
from mmpose_stable.model_files import load_weights
from mmpose_stable.model_parts import pose_head
from mmpose_stable.perturbations.box_views import MovedBox
from mmpose_stable.tensors import at_least_float32, map_tensors


class Teacher:
    """A model with the weights of a checkpoint that never learns.

    It is no ``nn.Module``: its weights are not in the student's checkpoint, get no gradient, and
    are no parameters for a distributed wrapper. It is built when the first batch comes, so you can
    test a student without the checkpoint of its teacher.

    Args:
        model: Arguments of ``TopdownPoseEstimator``: the student's, without a data preprocessor.
        checkpoint: File with the weights of the teacher.
        peak_weight: Factor of the term at the teacher's maximum, for heatmaps. Other values than
            0 were not tried.
        clean_weight: Factor of the loss on the clean view. A larger one keeps more of the accuracy
            on clean pictures, and takes less of the movement away.
    """

    def __init__(
        self,
        model: dict[str, Any],
        checkpoint: str,
        peak_weight: float = 0.0,
        clean_weight: float = 1.0,
    ) -> None:
        self.config = copy.deepcopy(model)
        self.checkpoint = checkpoint
        self.peak_weight = peak_weight
        self.clean_weight = clean_weight
        self.model: nn.Module | None = None

    def outputs(self, pictures: Tensor) -> Any:
        """Return what the head puts out for normalised pictures (B, C, H, W), without gradient."""
        if self.model is None:
            model = TopdownPoseEstimator(**copy.deepcopy(self.config))
            load_weights(model, self.checkpoint, 'the config of the student')
            self.model = model.eval().requires_grad_(False)
        self.model.to(pictures.device)
        with torch.no_grad():
            outputs = self.model.head.forward(self.model.extract_feat(pictures))
        return map_tensors(at_least_float32, outputs)

    def losses(
        self, head: nn.Module, views: Sequence[Tensor], outputs: Any, data_samples: list
    ) -> dict[str, Tensor]:
        """Return the distance of the clean view and that of the others from the teacher's output.

        For a view of a moved box, the teacher's output is moved to its crop.

        Args:
            head: The student's head, which says what its outputs are.
            views: V normalised pictures (N, C, H, W), the clean ones first.
            outputs: What the student's head put out for them, one view after the other.
            data_samples: N, with ``view_boxes`` where boxes were moved.
        """
        n, input_size = len(views[0]), (views[0].shape[-1], views[0].shape[-2])
        codec = getattr(pose_head(head), 'decoder', None)
        aims = [matched_parts(head, self.outputs(views[0]))] * len(views)
        with torch.autocast(views[0].device.type, enabled=False):
            for v, boxes in enumerate(moved_boxes(data_samples), 1):
                boxes = aims[0][0].values.new_tensor(boxes)
                aims[v] = [part.moved(boxes, codec, input_size) for part in aims[0]]
        clean, *others = (
            self.distance(matched_parts(head, select(outputs, v * n, (v + 1) * n)), aim)
            for v, aim in enumerate(aims)
        )
        return {
            'loss_teacher_clean': self.clean_weight * clean,
            'loss_teacher_views': sum(others) / len(others),
        }

    def distance(self, student: list[Part], teacher: list[Part]) -> Tensor:
        """Return how far parts of a student's output are from the teacher's, a scalar."""
        return sum(
            teacher_distance(own.kind, own.values, aim.values, aim.region, self.peak_weight)
            for own, aim in zip(student, teacher, strict=True)
        )


def moved_boxes(data_samples: list) -> list[list[MovedBox]]:
    """Return the box of each sample for each view beside the clean one; none if none was moved."""
    boxes = [getattr(sample, 'view_boxes', None) for sample in data_samples]
    given = next((of_sample for of_sample in boxes if of_sample), ())
    still = [MovedBox()] * len(given)
    return [
        list(of_view) for of_view in zip(*(of_sample or still for of_sample in boxes), strict=True)
    ]


def freeze_losses(head: nn.Module) -> None:
    """Take the parameters of the losses of a head out of training, such as RLE's flow.

    Without labels no gradient reaches them, and a distributed wrapper stops at a parameter that
    waits for one.
    """
    for module in head.modules():
        if isinstance(getattr(module, 'loss_module', None), nn.Module):
            module.loss_module.requires_grad_(False)


@singledispatch
def matched_parts(head: nn.Module, outputs: Any) -> list[Part]:
    """Return the parts of a head's output that are matched, those of every supervised stage.

    A head of another kind joins in with ``@matched_parts.register(MyHead)``. Without that, the
    shape of the output decides: (B, K, D) are coordinates; other shapes as in ``stability_maps``.

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
            # The target of the heatmap is 1 in Ω and 0 outside; the arg-max cell alone votes.
            region = voting_region(heatmaps.detach(), threshold=1.0)
            parts += [Part('heatmaps', heatmaps), Part('offsets', offsets, region)]
            continue
        seen = stability_maps(head, stage, [])
        kind, values = ('logits', seen.logits) if seen.own_scale else ('heatmaps', seen.maps)
        parts += [Part(kind, value, axis=axis) for axis, value in enumerate(values)]
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
    return [*matched_parts(head.pose_head, outputs[0]), Part('visibilities', outputs[1][..., None])]


@matched_parts.register(CompositeHead)
def _(head: CompositeHead, outputs: Any) -> list[Part]:
    parts = []
    for stage in stages(outputs):
        heatmaps = head.loss_module.activate(head.layout.heatmaps(stage))
        region = voting_region(heatmaps.detach(), head.decoder.threshold)
        offsets = head.layout.offsets(stage)
        parts += [Part('heatmaps', heatmaps), Part('offsets', offsets, region)]
    return parts


def voting_region(heatmaps: Tensor, threshold: float) -> Tensor:
    """Return where offsets of a composite head are matched, boolean (B, K, H, W).

    These are the cells from half of the threshold on, or from half of the maximum where that is
    lower. Of a map below the threshold the arg-max cell votes, and a student's votes come from
    neighbours too: an offset that nothing matches would drift away.

    Args:
        heatmaps: (B, K, H, W) of the teacher.
        threshold: The value from which a cell votes.
    """
    least = heatmaps.amax((-2, -1), keepdim=True).clamp(max=threshold)
    return heatmaps >= least - least.abs() / 2


def stages(outputs: Any) -> list[Any]:
    """Return the output of each stage; that of a head with one stage is alone in the list."""
    several = isinstance(outputs, (list, tuple)) and all(
        isinstance(part, Tensor) and part.ndim == 4 for part in outputs
    )
    return list(outputs) if several else [outputs]
