"""What the losses that compare views of a sample have in common."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmpose_stable.tensors import at_least_float32


class ConsistencyLoss(nn.Module):
    """Base of the losses that compare views of a sample.

    A subclass defines :meth:`compare` and two class attributes. ``compares`` is the scale of the
    maps that it takes, see :func:`~mmpose_stable.estimators.consistency.scaled_maps`. ``log_name``
    is its name in the log.

    Views are lists of maps (B, K, ...): the clean one first. The result is averaged over the
    perturbed views, the batch and K, and computed in float32 whatever autocast made of the maps
    (float64 stays).

    Args:
        loss_weight: Factor.
        use_target_weight: Multiply each map's term by its keypoint's weight, so that keypoints
            without a label need not be stable. Off by default, because stability needs no label.
    """

    compares = 'maps'
    log_name = ''

    def __init__(self, loss_weight: float, use_target_weight: bool = False) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.use_target_weight = use_target_weight

    def compare(self, views: Tensor) -> Tensor:
        """Return the term of each keypoint, (..., B, K), of flat maps (V, B, K, P)."""
        raise NotImplementedError

    def forward(self, views: Sequence[Tensor], keypoint_weights: Tensor) -> Tensor:
        """Return the weighted loss, a scalar.

        Args:
            views: V maps (B, K, ...), two or more, the clean one first.
            keypoint_weights: (B, K).
        """
        with torch.autocast(views[0].device.type, enabled=False):
            terms = self.compare(at_least_float32(torch.stack(tuple(views)).flatten(3)))
            if self.use_target_weight:
                terms = terms * keypoint_weights.to(terms.dtype)
            return self.loss_weight * terms.mean()
