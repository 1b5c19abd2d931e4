"""Weighted cross-entropy over pixels: known cases, the formula in loops, precision, errors."""

import math

import pytest
import torch
import torch.nn.functional as F
from mmpose.registry import MODELS

from mmpose_stable.losses.weighted_cross_entropy import weighted_cross_entropy


def naive_loss(logits, heatmap):
    """Equation 8 of one map, with the multi-label map spelled out."""
    total = sum(math.exp(v) for row in logits.tolist() for v in row)
    loss = 0.0
    for logit_row, weight_row in zip(logits.tolist(), heatmap.tolist(), strict=True):
        for logit, w in zip(logit_row, weight_row, strict=True):
            y = 1 if w > 0 else 0
            loss -= w * y * math.log(math.exp(logit) / total)
    return loss


def test_one_hot_heatmap_equals_torchs_cross_entropy():
    logits = torch.randn(5, 6, 7)
    index = torch.randint(0, 42, (5,))
    heatmaps = F.one_hot(index, 42).view(5, 6, 7).float()
    torch.testing.assert_close(
        weighted_cross_entropy(logits, heatmaps),
        F.cross_entropy(logits.flatten(1), index, reduction='none'),
    )


def test_loss_equals_the_formula_in_loops():
    logits = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    heatmaps = torch.rand(2, 3, 5, 4, dtype=torch.float64) * (torch.rand(2, 3, 5, 4) > 0.6)
    loss = weighted_cross_entropy(logits, heatmaps)
    for b in range(2):
        for k in range(3):
            assert loss[b, k].item() == pytest.approx(naive_loss(logits[b, k], heatmaps[b, k]))


def test_reductions_and_weights_agree():
    logits, heatmaps = torch.randn(2, 3, 4, 4), torch.rand(2, 3, 4, 4)
    weights = torch.tensor([[1.0, 0.0, 1.0], [0.5, 1.0, 0.0]])
    none = MODELS.build({'type': 'WeightedCrossEntropyLoss', 'reduction': 'none'})
    per_map = none(logits, heatmaps, weights)
    torch.testing.assert_close(per_map, weighted_cross_entropy(logits, heatmaps) * weights)
    for reduction in ('mean', 'sum'):
        loss = MODELS.build(
            {'type': 'WeightedCrossEntropyLoss', 'reduction': reduction, 'loss_weight': 3.0}
        )
        torch.testing.assert_close(
            loss(logits, heatmaps, weights), 3 * getattr(per_map, reduction)()
        )


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_logits_of_any_size_stay_finite(dtype):
    logits = (torch.randn(2, 3, 64, 64) * 2e4).clamp(-6e4, 6e4).to(dtype).requires_grad_()
    loss = MODELS.build({'type': 'WeightedCrossEntropyLoss', 'use_target_weight': False})
    with torch.autocast('cpu', dtype=torch.bfloat16):
        value = loss(logits, torch.rand(2, 3, 64, 64), torch.ones(2, 3))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()


def test_gradient_is_right():
    logits = torch.randn(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    heatmaps = torch.rand(2, 2, 3, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda z: weighted_cross_entropy(z, heatmaps), logits)


def test_an_unknown_reduction_names_the_config_key():
    with pytest.raises(ValueError, match=r'loss.reduction'):
        MODELS.build({'type': 'WeightedCrossEntropyLoss', 'reduction': 'max'})
