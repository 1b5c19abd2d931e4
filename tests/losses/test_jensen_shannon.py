"""Jensen-Shannon divergence: bounds, and a reference from its definition."""

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
def test_loss_is_twelve_times_the_mean_of_the_definition(count):
    views = torch.randn(count, 2, 3, 4, 5, dtype=torch.float64)
    p = views.flatten(3).softmax(-1)
    divergence = sum((p[v] * (p[v] / p.mean(0)).log()).sum(-1) for v in range(count)) / count
    loss = MODELS.build({'type': 'JensenShannonLoss'})(list(views), torch.ones(2, 3))
    torch.testing.assert_close(loss, 12 * divergence.mean())


def test_low_temperature_lets_peaks_of_heatmaps_count():
    views = [torch.zeros(1, 1, 32, 32) for _ in range(2)]
    views[0][..., 4, 4] = 1
    views[1][..., 20, 20] = 1
    warm, cold = (
        MODELS.build({'type': 'JensenShannonLoss', 'loss_weight': 1, 'temperature': t})(
            views, torch.ones(1, 1)
        )
        for t in (1.0, 0.05)
    )
    assert warm < 1e-2
    assert cold > 0.9 * math.log(2)
    with pytest.raises(ValueError, match='temperature'):
        MODELS.build({'type': 'JensenShannonLoss', 'temperature': 0})
