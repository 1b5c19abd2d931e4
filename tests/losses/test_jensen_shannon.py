"""Jensen-Shannon divergence: bounds, a reference from its definition, precision."""

import math

import pytest
import torch
from mmpose.registry import MODELS

from mmpose_stable.losses.jensen_shannon import jensen_shannon


def test_equal_distributions_have_no_divergence_and_disjoint_ones_the_largest():
    logits = torch.randn(2, 20, dtype=torch.float64)
    assert jensen_shannon(torch.stack([logits, logits + 7, logits - 3])).abs().max() < 1e-12
    disjoint = torch.full((3, 9), -1e4, dtype=torch.float64)
    disjoint[range(3), range(3)] = 0
    assert jensen_shannon(disjoint).item() == pytest.approx(math.log(3))


@pytest.mark.parametrize('count', [2, 3])
def test_loss_is_twelve_times_the_weighted_mean_of_the_definition(count):
    views = torch.randn(count, 2, 3, 4, 5, dtype=torch.float64)
    p = views.flatten(3).softmax(-1)
    divergence = sum((p[v] * (p[v] / p.mean(0)).log()).sum(-1) for v in range(count)) / count
    loss = MODELS.build({'type': 'JensenShannonLoss'})(list(views))
    torch.testing.assert_close(loss, 12 * divergence.mean())
    weights = torch.tensor([[1.0, 0, 1], [0, 1, 1]])
    weighted = MODELS.build({'type': 'JensenShannonLoss', 'use_target_weight': True})
    torch.testing.assert_close(weighted(list(views), weights), 12 * (divergence * weights).mean())


def test_low_temperature_lets_peaks_of_heatmaps_count():
    views = [torch.zeros(1, 1, 32, 32) for _ in range(2)]
    views[0][..., 4, 4] = 1
    views[1][..., 20, 20] = 1
    warm, cold = (
        MODELS.build({'type': 'JensenShannonLoss', 'loss_weight': 1, 'temperature': t})(views)
        for t in (1.0, 0.05)
    )
    assert warm < 1e-2
    assert cold > 0.9 * math.log(2)
    with pytest.raises(ValueError, match='temperature'):
        MODELS.build({'type': 'JensenShannonLoss', 'temperature': 0})


def test_half_precision_stays_finite():
    views = [
        (2e4 * torch.randn(1, 2, 32, 32)).clamp(-6e4, 6e4).half().requires_grad_() for _ in range(3)
    ]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = MODELS.build({'type': 'JensenShannonLoss'})(views)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(view.grad).all() for view in views)


def test_gradient_is_right():
    logits = torch.randn(3, 2, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(jensen_shannon, logits)
