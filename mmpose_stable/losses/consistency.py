"""What the losses that compare views of a sample have in common."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmpose_stable.tensors import at_least_float32


def flat_views(views: Sequence[Tensor]) -> Tensor:
    """Return (V, B, K, P) of V equal-shaped maps (B, K, ...), at least float32.

    Raises:
        ValueError: Fewer than two views, or their shapes differ.
    """
    shapes = [tuple(view.shape) for view in views]
    if len(views) < 2 or len(set(shapes)) != 1 or len(shapes[0]) < 3:
        raise ValueError(
            f'a consistency loss compares two or more views of one shape (B, K, ...), got '
            f'{shapes}; does `train_pipeline` hold a transform that makes views?'
        )
    stacked = torch.stack(tuple(views)).flatten(3)
    return at_least_float32(stacked)


class ConsistencyLoss(nn.Module):
    """Base of the losses that compare views of a sample.

    A subclass defines :meth:`compare` and two class attributes. ``compares`` is the field of
    :class:`~mmpose_stable.estimators.consistency.StabilityMaps` that it takes; ``'clean_scale'``
    asks for the maps divided by the clean view's maxima. ``log_name`` is its name in the log.

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

    def forward(self, views: Sequence[Tensor], keypoint_weights: Tensor | None = None) -> Tensor:
        """Return the weighted loss, a scalar.

        Args:
            views: V maps (B, K, ...), the clean one first.
            keypoint_weights: (B, K).

        Raises:
            ValueError: Too few views, shapes that differ, or weights that are missing.
        """
        with torch.autocast(views[0].device.type, enabled=False):
            terms = self.compare(flat_views(views))
            if self.use_target_weight:
                if keypoint_weights is None:
                    raise ValueError(
                        f'{type(self).__name__} got no keypoint weights; set its '
                        '`use_target_weight` to False if there are none'
                    )
                terms = terms * keypoint_weights.to(terms.dtype)
            return self.loss_weight * terms.mean()
