"""Jensen-Shannon divergence between the spatial distributions of several views, as in AugMix."""

from __future__ import annotations

import math

from mmpose.registry import MODELS
from torch import Tensor

from mmpose_stable.losses.consistency import ConsistencyLoss


def jensen_shannon(logits: Tensor) -> Tensor:
    """Return the Jensen-Shannon divergence of V distributions.

    ``1/V Σ_v KL(p_v ‖ M)`` with ``M = 1/V Σ_v p_v`` and p the softmax over the last axis; between 0
    and log V. AugMix (Hendrycks et al. 2020), section 3.

    Args:
        logits: (V, ..., P).

    Returns:
        (...).
    """
    log_p = logits.log_softmax(-1)
    log_mean = log_p.logsumexp(0) - math.log(len(logits))
    return (log_p.exp() * (log_p - log_mean)).sum(-1).mean(0)


@MODELS.register_module()
class JensenShannonLoss(ConsistencyLoss):
    """Jensen-Shannon divergence of all views' spatial softmax, the mean over batch and keypoints.

    Args:
        loss_weight: 12, as in AugMix, beside a cross-entropy. Beside a mean square error of
            heatmaps 0.012 is a start.
        use_target_weight: Multiply by the keypoint weights.
        temperature: Divisor of the logits. Heads that regress heatmaps in [0, 1] give those as
            logits, and a softmax over thousands of such pixels is nearly uniform whatever they
            show; a temperature of about 0.1 lets their peaks count.

    Raises:
        ValueError: The temperature is not above 0.
    """

    compares = 'logits'
    log_name = 'loss_jsd'

    def __init__(
        self,
        loss_weight: float = 12.0,
        use_target_weight: bool = False,
        temperature: float = 1.0,
    ) -> None:
        super().__init__(loss_weight, use_target_weight)
        if temperature <= 0:
            raise ValueError(
                f'`temperature` of JensenShannonLoss in `model.consistency` should be above 0, got '
                f'{temperature}'
            )
        self.temperature = temperature

    def compare(self, views: Tensor) -> Tensor:
        """Return (B, K) of flat logits (V, B, K, P)."""
        return jensen_shannon(views / self.temperature)
