"""How far a student's output is from its teacher's, for each kind of output."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mmpose_stable.losses.consistency import offset_distance
from mmpose_stable.tensors import at_least_float32

# The logit of a cell that does not count: its probability is 0 beside any other.
OUT = -1e4


def teacher_distance(
    kind: str,
    student: Tensor,
    teacher: Tensor,
    region: Tensor | None = None,
) -> Tensor:
    """Return the mean distance over batch and keypoints, a scalar, in float32 or wider.

    ``kind`` decides what it is the distance of, and how it is measured:

    - ``'heatmaps'`` (B, K, H, W): the mean square error.
    - ``'logits'`` (B, K, ...): the divergence KL(teacher ‖ student) of their softmax over all but B
      and K, in nats.
    - ``'offsets'`` (B, K, 2, H, W): smooth L1, the mean over the region Ω.
    - ``'coordinates'`` (B, K, D), as shares of the input's sides, and ``'visibilities'`` (B, K, 1):
      smooth L1, summed over their components.

    Args:
        kind: One of these.
        student: The student's output.
        teacher: The teacher's.
        region: Where it counts, boolean: (B, K, H, W) for maps, as the values for vectors,
            (B, K, 1) for coordinates. None means everywhere; offsets need theirs.
    """
    with torch.autocast(student.device.type, enabled=False):
        student, teacher = at_least_float32(student), at_least_float32(teacher)
        if kind == 'offsets':
            return offset_distance(student, teacher, region).mean()
        if kind in ('heatmaps', 'logits') and region is not None:
            out = student.new_tensor(OUT if kind == 'logits' else 0.0)
            student, teacher = student.where(region, out), teacher.where(region, out)
        if kind == 'heatmaps':
            return F.mse_loss(student, teacher)
        if kind == 'logits':
            log_q, log_p = (logits.flatten(2).log_softmax(-1) for logits in (student, teacher))
            return F.kl_div(log_q, log_p, reduction='none', log_target=True).sum(-1).mean()
        distance = F.smooth_l1_loss(student, teacher, reduction='none').sum(-1)
        return (distance if region is None else distance * region[..., 0]).mean()
