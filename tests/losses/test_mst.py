"""Maximum stability training: zero at equality, the paper's formula in loops, the certificate."""

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


def test_equal_views_have_no_loss_and_no_gradient():
    view = torch.rand(2, 3, 8, 8, requires_grad=True)
    loss = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0})([view, view.detach()])
    loss.backward()
    assert loss == 0
    assert view.grad.abs().max() == 0


@pytest.mark.parametrize('shape', [(5, 6), (12,)], ids=['maps', 'vectors'])
def test_loss_equals_the_formula_in_loops(shape):
    clean, first, second = torch.rand(3, 2, 4, *shape, dtype=torch.float64)
    loss = MODELS.build({'type': 'MSTLoss', 'loss_weight': 2.0})([clean, first, second])
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
    MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0, 'detach_clean': True})(views).backward()
    assert views[0].grad.abs().max() == 0
    assert views[1].grad.abs().max() > 0


def test_keypoint_weights_leave_unlabelled_keypoints_out():
    views = [torch.rand(1, 2, 4, 4) for _ in range(2)]
    weighted = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0, 'use_target_weight': True})
    alone = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0})([view[:, :1] for view in views])
    torch.testing.assert_close(weighted(views, torch.tensor([[1.0, 0.0]])), alone / 2)
    with pytest.raises(ValueError, match='use_target_weight'):
        weighted(views)


def test_half_precision_views_are_compared_in_float32():
    views = [torch.rand(2, 3, 64, 64).half() for _ in range(2)]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0})(views)
    assert loss.dtype == torch.float32
    reference = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0})(
        [view.double() for view in views]
    )
    assert loss.item() == pytest.approx(reference.item(), rel=1e-5)


def test_gradient_is_right():
    clean, perturbed = torch.rand(2, 3, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(maximum_stability, (clean, perturbed))


def test_missing_or_unequal_views_and_an_unknown_scale_are_refused():
    loss = MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0})
    with pytest.raises(ValueError, match='two or more views'):
        loss([torch.rand(1, 2, 4, 4)])
    with pytest.raises(ValueError, match='of one shape'):
        loss([torch.rand(1, 2, 4, 4), torch.rand(1, 2, 4, 5)])
    with pytest.raises(ValueError, match=r"`scale` of MSTLoss should be one of .*'theirs'"):
        MODELS.build({'type': 'MSTLoss', 'loss_weight': 1.0, 'scale': 'theirs'})
