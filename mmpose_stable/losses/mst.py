"""Maximum stability training: a change of the map's maximum counts most."""

from __future__ import annotations

from mmpose.registry import MODELS
from torch import Tensor

from mmpose_stable.losses.consistency import ConsistencyLoss

SCALES = ('own', 'clean')


def maximum_stability(clean: Tensor, perturbed: Tensor, peak_weight: float = 1.0) -> Tensor:
    """Return ``Σ_p Δr_p² / P + w (Δr⁽¹⁾)²`` of each pair of maps, with ``Δr = r(x') - r(x)``.

    Stable heatmap regression, equation 9 (P = H·W). ``Δr⁽¹⁾`` is the difference at the arg-max of
    the clean map; of equal maxima the first counts.

    Args:
        clean: r(x), (..., P).
        perturbed: r(x'), (..., P), broadcast against ``clean``.
        peak_weight: w; 1 in the paper.

    Returns:
        (...).
    """
    change = perturbed - clean
    peak = clean.argmax(-1, keepdim=True).expand(*change.shape[:-1], 1)
    at_peak = change.gather(-1, peak).squeeze(-1)
    return change.square().mean(-1) + peak_weight * at_peak.square()


@MODELS.register_module()
class MSTLoss(ConsistencyLoss):
    """Maximum stability training loss (equation 9).

    It is the mean over perturbed views, batch and keypoints, where the paper has sums.

    It compares maps on the scale [0, 1] whose peak is 1: max-normalised probabilities, or the maps
    themselves where a head regresses heatmaps with a peak of 1. On probabilities that sum to 1 over
    thousands of pixels the loss would all but vanish.

    ``scale`` decides what probabilities are divided by. Heatmaps that a head regresses are compared
    as they are with either, also those that RCC has divided by Z inside the head.

    - ``'own'``: each view by its own maximum. As long as the arg-max stays, both peaks are 1, and
      ``(Δr⁽¹⁾)²`` and its gradient are exactly 0, even if the perturbation lowers the probability
      of the peak. So the loss acts on the rest of the map, and on the peak only if it moves.
    - ``'clean'``: all views of a keypoint by the clean view's maximum, a constant. A peak that
      falls costs something, and the gradient raises it. That is the paper's idea: stabilise the
      maximum. A peak that rises costs something too, and this cost has no bound: if the clean map
      is almost flat and a perturbed one sharp, the loss is far larger than with ``'own'``.

    Args:
        loss_weight: Factor. It has no default, because the paper prints none and none suits every
            head. Beside a mean square error of heatmaps, which is a few thousandths, 1 would
            make an empty map the cheapest answer; 0.01 is a start there. Beside a weighted
            cross-entropy, a few units a keypoint, the configs have 10; 100 flattened the maps.
        use_target_weight: Multiply by the keypoint weights.
        detach_clean: Let no gradient through the clean map: it is then a fixed target for the
            perturbed one. The paper's formula has no such stop (False).
        scale: ``'own'`` or ``'clean'``, see above. ``'clean'`` moved keypoints less and cost
            accuracy in an early comparison.

    Raises:
        ValueError: An unknown scale.
    """

    log_name = 'loss_mst'

    def __init__(
        self,
        loss_weight: float,
        use_target_weight: bool = False,
        detach_clean: bool = False,
        scale: str = 'own',
    ) -> None:
        super().__init__(loss_weight, use_target_weight)
        if scale not in SCALES:
            raise ValueError(f'`scale` of MSTLoss should be one of {SCALES}, got {scale!r}')
        self.detach_clean = detach_clean
        self.compares = 'clean_scale' if scale == 'clean' else 'maps'

    def compare(self, views: Tensor) -> Tensor:
        """Return (V - 1, B, K) of flat maps (V, B, K, P)."""
        clean = views[0].detach() if self.detach_clean else views[0]
        return maximum_stability(clean, views[1:])
