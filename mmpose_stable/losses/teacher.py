"""How far a student's output is from its teacher's, for each kind of output."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mmpose_stable.losses.composite_localization import masked_mean
from mmpose_stable.losses.mst import maximum_stability
from mmpose_stable.tensors import at_least_float32

# The logit of a cell that does not count: its probability is 0 beside any other.
OUT = -1e4


def heatmap_distance(
    student: Tensor, teacher: Tensor, peak_weight: float = 0.0, region: Tensor | None = None
) -> Tensor:
    """Return (B, K): the mean square error of heatmaps (B, K, H, W), and that at the maximum.

    The second term is that of equation 9 of stable heatmap regression, with the teacher's map in
    the place of the clean one; the paper's formula has the factor 1. Pixels outside the region,
    boolean (B, K, H, W), count as equal.
    """
    if region is not None:
        student, teacher = (maps.where(region, maps.new_zeros(())) for maps in (student, teacher))
    return maximum_stability(teacher.flatten(2), student.flatten(2), peak_weight)


def logit_divergence(student: Tensor, teacher: Tensor, region: Tensor | None = None) -> Tensor:
    """Return the divergence KL(teacher ‖ student), (B, K) in nats, of logits (B, K, ...).

    The softmax is over all but B and K, within the region, boolean; 0 where that is empty.
    """
    if region is not None:
        student, teacher = (
            logits.where(region, logits.new_tensor(OUT)) for logits in (student, teacher)
        )
    log_student, log_teacher = (logits.flatten(2).log_softmax(-1) for logits in (student, teacher))
    return F.kl_div(log_student, log_teacher, reduction='none', log_target=True).sum(-1)


def offset_distance(student: Tensor, teacher: Tensor, region: Tensor) -> Tensor:
    """Return the smooth L1 distance (B, K) of offsets (B, K, 2, H, W), averaged over a region.

    The region is Ω of the teacher's heatmaps, boolean (B, K, H, W); 0 where it is empty.
    """
    return masked_mean(F.smooth_l1_loss(student, teacher, reduction='none').sum(2), region)


def coordinate_distance(student: Tensor, teacher: Tensor, region: Tensor | None = None) -> Tensor:
    """Return the smooth L1 distance (B, K) of coordinates (B, K, D), summed over their components.

    They are shares of the input's sides; RLE's deviations are components too. Keypoints outside the
    region, boolean (B, K, 1), count as equal.
    """
    distance = F.smooth_l1_loss(student, teacher, reduction='none').sum(-1)
    return distance if region is None else distance * region[..., 0]


def teacher_distance(
    kind: str,
    student: Tensor,
    teacher: Tensor,
    region: Tensor | None = None,
    peak_weight: float = 0.0,
) -> Tensor:
    """Return the mean distance over batch and keypoints, a scalar, in float32 or wider.

    Args:
        kind: ``'heatmaps'``, ``'logits'``, ``'offsets'``, ``'coordinates'`` or ``'visibilities'``.
        student: The student's output of that kind.
        teacher: The teacher's.
        region: Where it counts; everywhere where None. Offsets need their Ω.
        peak_weight: For heatmaps.
    """
    with torch.autocast(student.device.type, enabled=False):
        pair = at_least_float32(student), at_least_float32(teacher)
        if kind == 'heatmaps':
            return heatmap_distance(*pair, peak_weight, region).mean()
        distance = {'logits': logit_divergence, 'offsets': offset_distance}
        return distance.get(kind, coordinate_distance)(*pair, region).mean()
