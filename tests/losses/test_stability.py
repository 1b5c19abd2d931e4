"""Stability training on maps and offsets: references in loops, gradients."""

import pytest
import torch
import torch.nn.functional as F
from mmpose.registry import MODELS

import mmpose_stable.losses  # noqa: F401


def test_loss_is_the_mean_over_views_samples_and_keypoints():
    clean, first, second = torch.rand(3, 2, 4, 5, 6, dtype=torch.float64)
    loss = MODELS.build({'type': 'StabilityLoss', 'loss_weight': 0.5})(
        [clean, first, second], torch.ones(2, 4)
    )
    total = sum(
        torch.linalg.norm(view[b, k] - clean[b, k]).item()
        for view in (first, second)
        for b in range(2)
        for k in range(4)
    )
    assert loss.item() == pytest.approx(0.5 * total / 16)


def naive_offset_loss(clean, perturbed, region):
    """Smooth L1 of the change, averaged over Ω, then over samples and keypoints."""
    terms = []
    for b in range(clean.shape[0]):
        for k in range(clean.shape[1]):
            inside = [
                F.smooth_l1_loss(perturbed[b, k, :, i, j], clean[b, k, :, i, j], reduction='sum')
                for i in range(clean.shape[3])
                for j in range(clean.shape[4])
                if region[b, k, i, j]
            ]
            terms.append(sum(inside) / len(inside) if inside else torch.zeros(()))
    return sum(terms) / len(terms)


@pytest.mark.parametrize('options', [{}, {'loss_weight': 0.3}])
def test_offset_loss_equals_the_loops_inside_the_region(options):
    clean, *others = 2 * torch.randn(4, 2, 3, 2, 4, 5, dtype=torch.float64)
    region = torch.rand(2, 3, 4, 5) > 0.6
    region[0, 1] = False
    loss = MODELS.build({'type': 'OffsetStabilityLoss', **options})([clean, *others], region)
    expected = sum(naive_offset_loss(clean, other, region) for other in others) / len(others)
    torch.testing.assert_close(loss, options.get('loss_weight', 1) * expected)


def test_gradient_of_the_offset_loss_is_right():
    views = torch.randn(2, 1, 2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    region = torch.rand(1, 2, 3, 3) > 0.5
    loss = MODELS.build({'type': 'OffsetStabilityLoss'})
    assert torch.autograd.gradcheck(lambda v: loss(list(v), region), views)
