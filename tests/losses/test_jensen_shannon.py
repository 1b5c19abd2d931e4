"""Jensen-Shannon divergence: bounds, a reference from its definition, precision."""

import math

import pytest
import torch
from mmpose.registry import MODELS
from scipy.spatial.distance import jensenshannon

from mmpose_stable.losses.jensen_shannon import jensen_shannon


def test_equal_distributions_have_no_divergence_whatever_is_added_to_the_logits():
    logits = torch.randn(2, 20, dtype=torch.float64)
    views = torch.stack([logits, logits + 7, logits - 3])
    assert jensen_shannon(views).abs().max() < 1e-12


def test_disjoint_distributions_have_the_largest_divergence():
    logits = torch.full((3, 9), -1e4, dtype=torch.float64)
    logits[range(3), range(3)] = 0
    assert jensen_shannon(logits).item() == pytest.approx(math.log(3))


def test_two_views_equal_scipys_divergence():
    logits = torch.randn(2, 4, 30, dtype=torch.float64)
    p = logits.softmax(-1).numpy()
    expected = [jensenshannon(a, b) ** 2 for a, b in zip(*p, strict=True)]
    assert jensen_shannon(logits).tolist() == pytest.approx(expected)


def test_three_views_equal_the_definition():
    logits = torch.randn(3, 12, dtype=torch.float64)
    p = logits.softmax(-1)
    mean = p.mean(0)
    expected = sum((p[v] * (p[v] / mean).log()).sum() for v in range(3)) / 3
    assert jensen_shannon(logits).item() == pytest.approx(expected.item())


def test_loss_is_twelve_times_the_mean_over_maps():
    views = [torch.randn(2, 3, 4, 5) for _ in range(3)]
    loss = MODELS.build({'type': 'JensenShannonLoss'})(views)
    per_map = jensen_shannon(torch.stack(views).flatten(3))
    torch.testing.assert_close(loss, 12 * per_map.mean())


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


def test_keypoints_without_weight_count_nothing():
    views, weights = torch.randn(2, 2, 3, 4, 5), torch.tensor([[1.0, 0, 1], [0, 1, 1]])
    loss = MODELS.build({'type': 'JensenShannonLoss', 'use_target_weight': True})
    expected = 12 * (jensen_shannon(views.flatten(3)) * weights).mean()
    torch.testing.assert_close(loss(list(views), weights), expected)
