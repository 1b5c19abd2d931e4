import math

import pytest
import torch
from mmpose.registry import MODELS


def build(**options):
    return MODELS.build({'type': 'WeightedCrossEntropyLoss', **options})


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
    loss = build(use_target_weight=weighted, loss_weight=3.0)(logits, heatmaps, weights)
    expected = sum(
        naive_loss(logits[b, k], heatmaps[b, k]) * (weights[b, k].item() if weighted else 1)
        for b in range(2)
        for k in range(3)
    )
    assert loss.item() == pytest.approx(3 * expected / 6)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_logits_of_any_size_stay_finite(dtype):
    logits = (torch.randn(2, 3, 64, 64) * 2e4).clamp(-6e4, 6e4).to(dtype).requires_grad_()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        value = build()(logits, torch.rand(2, 3, 64, 64), torch.ones(2, 3))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()
