"""When a heatmap's arg-max provably stays where it is (Theorem 3 of the paper).

The printed condition is ``gap >= sqrt(sum(delta**2) + H*W*delta_1**2)``, with ``gap`` the distance
between the two largest values of the clean map, ``delta`` the change of each pixel and ``delta_1``
the change at the clean arg-max. As printed it does not hold always. Let the clean maximum fall by
``a``, one rival rise by ``b`` and nothing else change: the arg-max stays if ``gap > a + b``, while
the condition asks for ``gap**2 >= b**2 + (H*W + 1) * a**2`` only, which is smaller where
``b > H*W*a/2``.

For every ``t > 0``, ``(a + b)**2 <= (1 + 1/t) * a**2 + (1 + t) * b**2``. With ``t = 1 / (H*W)``
this gives a condition of the same shape that does hold, and differs by one part in ``H*W``::

    gap >= sqrt((1 + 1/(H*W)) * sum(delta**2) + H*W*delta_1**2)

Its right side is larger than ``a + b`` for every pair of maps that differ, so the arg-max of the
perturbed map is then also unique. The evaluator uses this corrected condition.
"""

from torch import Tensor

# Room for the rounding of sums over H*W values in float64.
_ROUNDING = 1e-9


def certified(clean: Tensor, perturbed: Tensor) -> Tensor:
    """Tell for which pairs of maps the arg-max provably did not move.

    Args:
        clean: Heatmaps (..., H, W) of the clean pictures, at least two pixels each.
        perturbed: Heatmaps of the same shape and scale for the perturbed pictures.

    Returns:
        (...) bool. Where it is true, ``argmax`` of both maps is the same and unique; a map with a
        tie at the top is not certified, not even beside itself.
    """
    before = clean.double().flatten(-2)
    change = perturbed.double().flatten(-2) - before
    pixels = before.shape[-1]
    largest = before.topk(2, dim=-1).values
    gap = largest[..., 0] - largest[..., 1]
    at_peak = change.gather(-1, before.argmax(-1, keepdim=True)).squeeze(-1)
    total = change.square().sum(-1) * (1 + 1 / pixels) * (1 + _ROUNDING)
    return (gap > 0) & (gap >= (total + pixels * at_peak.square()).sqrt())
