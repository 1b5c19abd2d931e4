"""The frozen copy of a model that another learns from without labels."""

import copy
import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from mmpose_stable.estimators.consistency import stage_parts
from mmpose_stable.estimators.output_part import Part
from mmpose_stable.losses.teacher import teacher_distance
from mmpose_stable.model_files import load_weights
from mmpose_stable.model_parts import pose_head
from mmpose_stable.perturbations.boxes import MovedBox
from mmpose_stable.tensors import at_least_float32, map_tensors


class Teacher:
    """A model with the weights of a checkpoint that never learns.

    It is no ``nn.Module``: its weights are not in the student's checkpoint, get no gradient, and
    are no parameters for a distributed wrapper. It is built when the first batch comes, so you can
    test a student without the checkpoint of its teacher.

    Args:
        model: Arguments of ``TopdownPoseEstimator``: the student's.
        checkpoint: File with the weights of the teacher.
        clean_weight: Factor of the loss on the clean view. A larger one keeps more of the accuracy
            on clean pictures, and takes less of the movement away.
    """

    def __init__(self, model: dict[str, Any], checkpoint: str, clean_weight: float = 1.0) -> None:
        self.config = copy.deepcopy(model)
        self.checkpoint = checkpoint
        self.clean_weight = clean_weight
        self.model: nn.Module | None = None

    def outputs(self, pictures: Tensor) -> Any:
        """Return what the head puts out for normalised pictures (B, C, H, W), without gradient."""
        if self.model is None:
            model = TopdownPoseEstimator(**self.config)
            load_weights(model, self.checkpoint, 'the config of the student')
            self.model = model.eval().requires_grad_(False)
        self.model.to(pictures.device)
        with torch.no_grad():
            outputs = self.model.head.forward(self.model.extract_feat(pictures))
        return map_tensors(at_least_float32, outputs)

    def losses(
        self, head: nn.Module, clean: Tensor, outputs: Sequence[Any], data_samples: list
    ) -> dict[str, Tensor]:
        """Return the distance of the clean view and that of the others from the teacher's output.

        For a view of a moved box, the teacher's output is moved to its crop.

        Args:
            head: The student's head, which says what its outputs are.
            clean: Normalised pictures (N, C, H, W).
            outputs: What the student's head put out for each view, the clean one first.
            data_samples: N, with ``view_boxes`` where boxes were moved.
        """
        codec = getattr(pose_head(head), 'decoder', None)
        aims = [matched_parts(head, self.outputs(clean))] * len(outputs)
        with torch.autocast(clean.device.type, enabled=False):
            for v, boxes in enumerate(moved_boxes(data_samples), 1):
                boxes = aims[0][0].values.new_tensor(boxes)
                aims[v] = [part.moved(boxes, codec, clean.shape[:1:-1]) for part in aims[0]]
        of_clean, *others = (
            sum(
                teacher_distance(own.kind, own.values, aim.values, aim.region)
                for own, aim in zip(matched_parts(head, student), of_view, strict=True)
            )
            for student, of_view in zip(outputs, aims, strict=True)
        )
        return {
            'loss_teacher_clean': self.clean_weight * of_clean,
            'loss_teacher_views': sum(others) / len(others),
        }


def moved_boxes(data_samples: list) -> list[tuple[MovedBox, ...]]:
    """Return the box of each sample for each view beside the clean one; none if none was moved."""
    boxes = [getattr(sample, 'view_boxes', ()) for sample in data_samples]
    still = [MovedBox()] * max(map(len, boxes))
    return list(zip(*(of_sample or still for of_sample in boxes), strict=True))


def freeze_losses(head: nn.Module) -> None:
    """Take the parameters of the losses of a head out of training, such as RLE's flow.

    Without labels no gradient reaches them, and a distributed wrapper stops at a parameter that
    waits for one.
    """
    for module in head.modules():
        if isinstance(getattr(module, 'loss_module', None), nn.Module):
            module.loss_module.requires_grad_(False)


def matched_parts(head: nn.Module, outputs: Any) -> list[Part]:
    """Return the parts of what ``head.forward`` put out that are matched, of every stage."""
    # Votes start at the codec's threshold. The target of UDP's heatmap is 1 in Ω and 0 outside.
    threshold = getattr(getattr(pose_head(head), 'decoder', None), 'threshold', 1.0)
    parts = []
    for stage in stage_parts(head, outputs):
        for part in stage:
            if part.kind == 'offsets':
                region = voting_region(stage[0].values.detach(), threshold)
                part = dataclasses.replace(part, region=region)
            parts.append(part)
    return parts


def voting_region(heatmaps: Tensor, threshold: float) -> Tensor:
    """Return where offsets are matched, boolean, of the teacher's heatmaps (B, K, H, W).

    These are the cells from half of the threshold on, or from half of the maximum where that is
    lower. Of a map below the threshold the arg-max cell votes, and a student's votes come from
    neighbours too: an offset that nothing matches would drift away.
    """
    least = heatmaps.amax((-2, -1), keepdim=True).clamp(max=threshold)
    return heatmaps >= least - least.abs() / 2
