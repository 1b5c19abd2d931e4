"""Maximum stability training: the paper's formula in loops, and the certificate."""

import pytest
import torch
from mmpose.registry import MODELS

from mmpose_stable.losses.mst import maximum_stability
from mmpose_stable.robustness.certificate import stability_bound


def naive_mst(clean, perturbed):
    """Equation 9 of one pair of maps."""
    total, best, at_best = 0.0, None, None
    for before, after in zip(clean.flatten().tolist(), perturbed.flatten().tolist(), strict=True):
        total += (after - before) ** 2
        if best is None or before > best:
            best, at_best = before, after - before
    return total / clean.numel() + at_best**2


@pytest.mark.parametrize('shape', [(5, 6), (12,)], ids=['maps', 'vectors'])
def test_loss_equals_the_formula_in_loops(shape):
    clean, first, second = torch.rand(3, 2, 4, *shape, dtype=torch.float64)
    loss = MODELS.build({'type': 'MSTLoss', 'loss_weight': 2.0})(
        [clean, first, second], torch.ones(2, 4)
    )
    terms = [
        naive_mst(clean[b, k], view[b, k])
        for view in (first, second)
        for b in range(2)
        for k in range(4)
    ]
    assert loss.item() == pytest.approx(2 * sum(terms) / len(terms))


def test_the_certificates_bound_is_the_loss_times_the_number_of_pixels():
    clean, perturbed = torch.rand(2, 5, 8, 6, dtype=torch.float64)
    loss = maximum_stability(clean.flatten(1), perturbed.flatten(1))
    torch.testing.assert_close(
        stability_bound(clean, perturbed, as_printed=True).square(), 48 * loss
    )


def test_detached_clean_view_gets_no_gradient():
    views = [torch.rand(1, 2, 4, 4, requires_grad=True) for _ in range(2)]
    loss = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0, 'detach_clean': True})
    loss(views, torch.ones(1, 2)).backward()
    assert views[0].grad.abs().max() == 0
    assert views[1].grad.abs().max() > 0


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match=r"`scale` of MSTLoss should be one of .*'theirs'"):
        MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0, 'scale': 'theirs'})
