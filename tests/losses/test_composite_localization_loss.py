"""The composite loss and its ablations against references written from the paper."""

import numpy as np
import pytest
import torch

from mmpose_stable.codecs import CompositeLocalization
from mmpose_stable.losses import CompositeLocalizationLoss
from mmpose_stable.losses.composite_localization import REGIONS, masked_mean

K = 3


def make_batch(seed=0, dtype=torch.float32):
    """Predictions and targets of two people, with Ω non-empty for both regions."""
    rng = np.random.default_rng(seed)
    codec = CompositeLocalization((96, 64), 16, sigma=16)
    encoded = [codec.encode(rng.uniform(8, 56, (1, K, 2))) for _ in range(2)]
    target, target_offsets = (
        torch.tensor(np.stack([e[name] for e in encoded]), dtype=dtype)
        for name in ('heatmaps', 'offsets')
    )
    noise = torch.tensor(rng.normal(0, 0.1, target.shape), dtype=dtype)
    offsets = torch.tensor(rng.normal(0, 1.5, target_offsets.shape), dtype=dtype)
    weights = torch.tensor([[1, 1, 0], [1, 0, 1]], dtype=dtype)
    return target + noise, offsets, target, target_offsets, weights


def smooth_l1(difference):
    difference = abs(difference)
    return 0.5 * difference**2 if difference < 1 else difference - 0.5


def reference(
    heatmaps,
    offsets,
    target,
    target_offsets,
    weights,
    region,
    heatmap_weight=0.5,
    offset_weight=2.0,
    threshold=0.6,
):
    """Equations 4 to 6, keypoint by keypoint and cell by cell, averaged over the batch."""
    loss_h = loss_o = 0.0
    batch, _, height, width = target.shape
    for b in range(batch):
        for k in range(K):
            if weights[b, k] == 0:
                continue
            loss_h += ((heatmaps[b, k] - target[b, k]) ** 2).mean().item() / K
            sources = {'target': [target], 'predicted': [heatmaps], 'union': [target, heatmaps]}
            omega = [
                (r, c)
                for r in range(height)
                for c in range(width)
                if any(source[b, k, r, c] >= threshold for source in sources[region])
            ]
            for cell in omega:
                for channel in (k, K + k):
                    difference = offsets[(b, channel, *cell)] - target_offsets[(b, channel, *cell)]
                    loss_o += smooth_l1(difference.item()) / len(omega) / K
    return heatmap_weight * loss_h / batch, offset_weight * loss_o / batch


def test_a_perfect_prediction_costs_nothing():
    _, _, target, target_offsets, weights = make_batch()
    losses = CompositeLocalizationLoss()(target, target_offsets, target, target_offsets, weights)
    assert losses['loss_heatmap'] == 0
    assert losses['loss_offset'] == 0


@pytest.mark.parametrize('region', REGIONS)
@pytest.mark.parametrize(
    'options', [{}, {'heatmap_weight': 3.0, 'offset_weight': 5.0, 'threshold': 0.3}]
)
def test_every_region_equals_the_equations(region, options):
    batch = make_batch()
    losses = CompositeLocalizationLoss(**options, region=region)(*batch)
    expected_h, expected_o = reference(*batch, region, **options)
    assert expected_o > 0
    assert losses['loss_heatmap'].item() == pytest.approx(expected_h, rel=1e-5)
    assert losses['loss_offset'].item() == pytest.approx(expected_o, rel=1e-5)


def test_peak_mse_counts_only_the_peak_cell():
    heatmaps, offsets, target, target_offsets, weights = make_batch()
    losses = CompositeLocalizationLoss(mode='peak_mse')(
        heatmaps, offsets, target, target_offsets, weights
    )
    expected = 0.0
    for b in range(2):
        for k in range(K):
            row, column = np.unravel_index(target[b, k].argmax(), target[b, k].shape)
            for channel in (k, K + k):
                error = (offsets - target_offsets)[b, channel, row, column].item()
                expected += weights[b, k].item() * error**2
    assert losses['loss_offset'].item() == pytest.approx(2.0 * expected / K / 2, rel=1e-5)
    expected_h, _ = reference(heatmaps, offsets, target, target_offsets, weights, 'target')
    assert losses['loss_heatmap'].item() == pytest.approx(expected_h, rel=1e-5)


def test_g_rmi_classifies_every_cell_and_regresses_every_positive():
    heatmaps, offsets, target, target_offsets, weights = make_batch()
    losses = CompositeLocalizationLoss(mode='g_rmi')(
        heatmaps, offsets, target, target_offsets, weights
    )
    positive = (target >= 0.6).float()
    expected = 0.0
    for b in range(2):
        for k in range(K):
            p = torch.sigmoid(heatmaps[b, k])
            entropy = -(positive[b, k] * p.log() + (1 - positive[b, k]) * (1 - p).log()).mean()
            expected += weights[b, k].item() * entropy.item()
    assert losses['loss_heatmap'].item() == pytest.approx(0.5 * expected / K / 2, rel=1e-4)
    composite = CompositeLocalizationLoss()(heatmaps, offsets, target, target_offsets, weights)
    assert losses['loss_offset'].item() == pytest.approx(composite['loss_offset'].item())


def test_an_empty_region_contributes_zero_and_a_finite_gradient():
    _, offsets, target, target_offsets, weights = make_batch()
    heatmaps = torch.zeros_like(target, requires_grad=True)
    offsets.requires_grad_()
    losses = CompositeLocalizationLoss(region='predicted')(
        heatmaps, offsets, target, target_offsets, weights
    )
    assert losses['loss_offset'] == 0
    assert losses['offset_region'] == 0
    (losses['loss_heatmap'] + losses['loss_offset']).backward()
    assert torch.isfinite(heatmaps.grad).all()
    assert (offsets.grad == 0).all()


def test_a_masked_mean_of_nothing_is_zero_even_of_nan():
    values = torch.full((2, 3, 3), float('nan'))
    assert masked_mean(values, torch.zeros(2, 3, 3, dtype=torch.bool)).tolist() == [0, 0]


def test_a_batch_without_any_visible_keypoint_is_zero():
    heatmaps, offsets, target, target_offsets, weights = make_batch()
    losses = CompositeLocalizationLoss()(heatmaps, offsets, target, target_offsets, weights * 0)
    assert all(value == 0 for value in losses.values())


@pytest.mark.parametrize('mode', ['composite', 'peak_mse', 'g_rmi'])
def test_gradients_agree_with_finite_differences(mode):
    heatmaps, offsets, *targets = make_batch(dtype=torch.float64)
    loss = CompositeLocalizationLoss(mode=mode)

    def total(h, o):
        losses = loss(h, o, *targets)
        return losses['loss_heatmap'] + losses['loss_offset']

    assert torch.autograd.gradcheck(total, (heatmaps.requires_grad_(), offsets.requires_grad_()))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_predictions_give_float32_losses(dtype):
    heatmaps, offsets, *targets = make_batch()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = CompositeLocalizationLoss()(heatmaps.to(dtype), offsets.to(dtype) * 1e4, *targets)
    assert losses['loss_offset'].dtype == torch.float32
    assert torch.isfinite(losses['loss_offset'])


@pytest.mark.parametrize('option', [{'mode': 'other'}, {'region': 'other'}])
def test_unknown_options_list_the_known_ones(option):
    with pytest.raises(ValueError, match=rf'loss\.{next(iter(option))}.*one of.*other'):
        CompositeLocalizationLoss(**option)
