"""Stability training: the outputs of a sample and of its perturbed copy should be the same."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.losses.consistency import ConsistencyLoss
from mmpose_stable.losses.teacher import teacher_distance


@MODELS.register_module()
class StabilityLoss(ConsistencyLoss):
    """Stability training, ``‖r_x - r_x'‖``.

    Stable heatmap regression, section 4.5, after Zheng et al. (2016).

    With Gaussian noise as the only perturbation it is ST_g, with all training perturbations ST_a.
    Averaged over perturbed views, batch and keypoints.

    Args:
        loss_weight: α of ``L0 + α ‖r_x - r_x'‖``. It has no default, because none suits every head.
            Beside a mean square error of heatmaps 0.001 is a start.
        use_target_weight: Multiply by the keypoint weights.
    """

    log_name = 'loss_stability'

    def compare(self, views: Tensor) -> Tensor:
        """Return (V - 1, B, K) of flat maps (V, B, K, P)."""
        return torch.linalg.vector_norm(views[1:] - views[0], dim=-1)  # gradient 0 where equal


@MODELS.register_module()
class OffsetStabilityLoss(nn.Module):
    """Stability of offset maps: smooth L1 of their change, inside the clean sample's region Ω.

    Outside Ω offsets are not trained and mean nothing, so their change costs nothing. An empty Ω
    adds 0. For composite localization and other heads that give offset maps.

    Args:
        loss_weight: Factor. The paper on stable regression has no offsets, so it has no such
            factor. Only 1 was tried, beside ``MSTLoss`` with 0.01.
    """

    compares = 'offsets'
    log_name = 'loss_offset_stability'

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, views: Sequence[Tensor], region: Tensor) -> Tensor:
        """Return the weighted loss, a scalar.

        Args:
            views: V offset maps (B, K, 2, H, W), the clean one first.
            region: Ω, boolean (B, K, H, W).
        """
        clean, *others = views
        changes = [teacher_distance('offsets', view, clean, region) for view in others]
        return self.loss_weight * torch.stack(changes).mean()
