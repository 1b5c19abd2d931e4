"""Losses that compare the views of a sample: the clean picture and perturbed copies of it."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.losses.composite_localization import masked_mean
from mmpose_stable.tensors import at_least_float32

SCALES = ('own', 'clean')


class ConsistencyLoss(nn.Module):
    """Base of the losses that compare maps.

    A subclass defines :meth:`compare`, its name in the log, and ``compares``, the scale of the maps
    that it takes, see :func:`~mmpose_stable.estimators.consistency.scaled_maps`.

    The result is averaged over the perturbed views, the batch and K, and computed in float32 or
    wider whatever autocast is on.

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


def maximum_stability(clean: Tensor, perturbed: Tensor) -> Tensor:
    """Return ``Σ_p Δr_p² / P + (Δr⁽¹⁾)²`` of pairs of maps (..., P), with ``Δr = r(x') - r(x)``.

    Stable heatmap regression, equation 9 (P = H·W). ``Δr⁽¹⁾`` is the difference at the
    arg-max of the clean map; of equal maxima the first counts.
    """
    change = perturbed - clean
    peak = clean.argmax(-1, keepdim=True).expand(*change.shape[:-1], 1)
    at_peak = change.gather(-1, peak).squeeze(-1)
    return change.square().mean(-1) + at_peak.square()


@MODELS.register_module()
class MSTLoss(ConsistencyLoss):
    """Maximum stability training, equation 9; a mean over views and keypoints, not the paper's sum.

    It compares maps whose peak is 1: probabilities divided by a maximum, or the maps themselves
    where a head regresses heatmaps. ``scale`` decides what probabilities are divided by:

    - ``'own'``: each view by its own maximum. As long as the arg-max stays, ``(Δr⁽¹⁾)²`` and its
      gradient are exactly 0, and the loss acts on the rest of the map alone.
    - ``'clean'``: all views by the clean view's maximum, a constant. A peak that falls or rises
      costs something, without a bound where the clean map is almost flat.

    Args:
        loss_weight: Factor. It has no default, because none suits every head. Beside a mean square
            error of heatmaps 0.01 is a start, and 1 would make an empty map the cheapest answer.
            Beside a weighted cross-entropy 10 is a start, and 100 flattened the maps.
        use_target_weight: Multiply by the keypoint weights.
        scale: ``'own'`` or ``'clean'``.

    Raises:
        ValueError: An unknown scale.
    """

    log_name = 'loss_mst'

    def __init__(
        self, loss_weight: float, use_target_weight: bool = False, scale: str = 'own'
    ) -> None:
        super().__init__(loss_weight, use_target_weight)
        if scale not in SCALES:
            raise ValueError(f'`scale` of MSTLoss should be one of {SCALES}, got {scale!r}')
        self.compares = 'clean_scale' if scale == 'clean' else 'maps'

    def compare(self, views: Tensor) -> Tensor:
        """Return (V - 1, B, K) of flat maps (V, B, K, P)."""
        return maximum_stability(views[0], views[1:])


@MODELS.register_module()
class StabilityLoss(ConsistencyLoss):
    """Stability training, ``‖r_x - r_x'‖``: ST_g with Gaussian noise, ST_a with all perturbations.

    Stable heatmap regression, section 4.5, after Zheng et al. (2016).

    Args:
        loss_weight: α of ``L0 + α ‖r_x - r_x'‖``. Beside a mean square error of heatmaps 0.001 is a
            start.
        use_target_weight: Multiply by the keypoint weights.
    """

    log_name = 'loss_stability'

    def compare(self, views: Tensor) -> Tensor:
        """Return (V - 1, B, K) of flat maps (V, B, K, P)."""
        return torch.linalg.vector_norm(views[1:] - views[0], dim=-1)  # gradient 0 where equal


@MODELS.register_module()
class JensenShannonLoss(ConsistencyLoss):
    """Jensen-Shannon divergence of V distributions, the views' spatial softmax.

    ``1/V Σ_v KL(p_v ‖ M)`` with ``M = 1/V Σ_v p_v``; between 0 and log V. AugMix (Hendrycks et al.
    2020), section 3.

    Args:
        loss_weight: 12, as in AugMix, beside a cross-entropy. Beside a mean square error of
            heatmaps 0.012 is a start.
        use_target_weight: Multiply by the keypoint weights.
        temperature: Divisor of the logits. A softmax over thousands of pixels of heatmaps in [0, 1]
            is nearly uniform whatever they show; a temperature of about 0.1 lets their peaks count.

    Raises:
        ValueError: The temperature is not above 0.
    """

    compares = 'logits'
    log_name = 'loss_jsd'

    def __init__(
        self, loss_weight: float = 12.0, use_target_weight: bool = False, temperature: float = 1.0
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
        log_p = (views / self.temperature).log_softmax(-1)
        log_mean = log_p.logsumexp(0) - math.log(len(views))
        return (log_p.exp() * (log_p - log_mean)).sum(-1).mean(0)


def offset_distance(offsets: Tensor, reference: Tensor, region: Tensor) -> Tensor:
    """Return the mean smooth L1 distance (B, K) of offsets (B, K, 2, H, W) in Ω (B, K, H, W)."""
    return masked_mean(F.smooth_l1_loss(offsets, reference, reduction='none').sum(2), region)


@MODELS.register_module()
class OffsetStabilityLoss(nn.Module):
    """Stability of offset maps: smooth L1 of their change, inside the clean sample's region Ω.

    Outside Ω offsets are not trained and mean nothing, so their change costs nothing. For composite
    localization and other heads that give offset maps.

    Args:
        loss_weight: Factor. Only 1 was tried, beside ``MSTLoss`` with 0.01.
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
        with torch.autocast(views[0].device.type, enabled=False):
            clean, *others = (at_least_float32(view) for view in views)
            changes = [offset_distance(view, clean, region).mean() for view in others]
            return self.loss_weight * torch.stack(changes).mean()
