import math

import pytest
import torch
from mmpose.registry import MODELS


def naive_loss(logits, heatmap):
    """Equation 8 of one map, with the multi-label map spelled out."""
    loss, total = 0.0, sum(map(math.exp, logits.flatten().tolist()))
    for logit, w in zip(logits.flatten().tolist(), heatmap.flatten().tolist(), strict=True):
        y = 1 if w > 0 else 0
        loss -= w * y * math.log(math.exp(logit) / total)
    return loss


@pytest.mark.parametrize('weighted', [False, True])
def test_loss_is_the_mean_of_the_formula_in_loops(weighted):
    logits = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    heatmaps = torch.rand(2, 3, 5, 4, dtype=torch.float64) * (torch.rand(2, 3, 5, 4) > 0.6)
    weights = torch.tensor([[1.0, 0.0, 1.0], [0.5, 1.0, 0.0]])
    options = {'use_target_weight': weighted, 'loss_weight': 3.0}
    module = MODELS.build({'type': 'WeightedCrossEntropyLoss', **options})
    expected = sum(
        naive_loss(logits[b, k], heatmaps[b, k]) * (weights[b, k].item() if weighted else 1)
        for b in range(2)
        for k in range(3)
    )
    found = module(logits, heatmaps, weights).item()
    assert found == pytest.approx(3 * expected / 6)


def test_float16_logits_of_any_size_have_a_finite_loss_and_gradient():
    logits = (6e4 * torch.randn(2, 3, 8, 8)).clamp(-6e4, 6e4).half().requires_grad_()
    module = MODELS.build({'type': 'WeightedCrossEntropyLoss'})
    loss = module(logits, torch.rand(2, 3, 8, 8), torch.ones(2, 3))
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()
