import numpy as np
import pytest
import torch

from mmpose_stable.codecs import CompositeLocalization
from mmpose_stable.losses import CompositeLocalizationLoss
from mmpose_stable.losses.composite_localization import REGIONS, masked_mean

K = 3


def make_batch():
    """Predictions and targets of two people, with Ω non-empty for both regions."""
    rng = np.random.default_rng(0)
    codec = CompositeLocalization((96, 64), 16, sigma=16)
    encoded = [codec.encode(rng.uniform(8, 56, (1, K, 2))) for _ in range(2)]
    targets = np.stack([np.concatenate([e['heatmaps'], e['offsets']]) for e in encoded])
    maps = targets + rng.normal(0, 0.1, targets.shape)
    maps[:, K:] = rng.normal(0, 1.5, maps[:, K:].shape)
    weights = torch.tensor([[1.0, 1, 0], [1, 0, 1]])
    return torch.from_numpy(maps), torch.from_numpy(targets).double(), weights


def smooth_l1(difference):
    difference = abs(difference)
    return 0.5 * difference**2 if difference < 1 else difference - 0.5


def square(difference):
    return difference**2


def reference(maps, targets, weights, omega, offset_error):
    """Equations 4 to 6, keypoint by keypoint and cell by cell, averaged over the batch."""
    loss_h = loss_o = 0.0
    change = maps - targets
    for b, k in weights.nonzero().tolist():
        loss_h += (change[b, k] ** 2).mean().item()
        cells = omega[b, k].nonzero().tolist()
        for row, column in cells:
            for channel in (K + k, 2 * K + k):
                loss_o += offset_error(change[b, channel, row, column].item()) / len(cells)
    return loss_h / weights.numel(), loss_o / weights.numel()


@pytest.mark.parametrize('region', [*REGIONS, 'peak'])
@pytest.mark.parametrize(
    ('heatmap_weight', 'offset_weight', 'threshold'), [(0.5, 2, 0.6), (3, 5, 0.3)]
)
def test_every_region_equals_the_equations(region, heatmap_weight, offset_weight, threshold):
    maps, targets, weights = make_batch()
    likely, predicted = targets[:, :K] >= threshold, maps[:, :K] >= threshold
    omega = {
        'target': likely,
        'predicted': predicted,
        'union': likely | predicted,
        'peak': targets[:, :K] == targets[:, :K].amax((-2, -1), keepdim=True),
    }[region]
    error = square if region == 'peak' else smooth_l1
    expected_h, expected_o = reference(maps, targets, weights, omega, error)
    option = {'mode': 'peak_mse'} if region == 'peak' else {'region': region}
    loss = CompositeLocalizationLoss(heatmap_weight, offset_weight, threshold, **option)
    losses = loss(maps, targets, weights)
    assert expected_o > 0
    assert losses['loss_heatmap'].item() == pytest.approx(heatmap_weight * expected_h)
    assert losses['loss_offset'].item() == pytest.approx(offset_weight * expected_o)
    assert losses['offset_region'] == 1


def test_g_rmi_classifies_every_cell_and_regresses_every_positive():
    maps, targets, weights = make_batch()
    losses = CompositeLocalizationLoss(mode='g_rmi')(maps, targets, weights)
    positive = (targets[:, :K] >= 0.6).double()
    p = torch.sigmoid(maps[:, :K])
    entropy = -(positive * p.log() + (1 - positive) * (1 - p).log()).mean((-2, -1))
    torch.testing.assert_close(losses['loss_heatmap'], 0.5 * (weights * entropy).mean())
    composite = CompositeLocalizationLoss()(maps, targets, weights)
    assert losses['loss_offset'] == composite['loss_offset']


def test_an_empty_region_and_a_batch_without_a_visible_keypoint_contribute_zero():
    maps, targets, weights = make_batch()
    maps[:, :K] = 0
    maps.requires_grad_()
    losses = CompositeLocalizationLoss(region='predicted')(maps, targets, weights)
    assert losses['loss_offset'] == losses['offset_region'] == 0
    (losses['loss_heatmap'] + losses['loss_offset']).backward()
    assert torch.isfinite(maps.grad).all()
    assert (maps.grad[:, K:] == 0).all()
    nowhere = torch.zeros(2, 3, 3, dtype=torch.bool)
    assert masked_mean(torch.full((2, 3, 3), torch.nan), nowhere).tolist() == [0, 0]
    nobody = CompositeLocalizationLoss()(maps, targets, 0 * weights)
    assert all(value == 0 for value in nobody.values())


@pytest.mark.parametrize('option', [{'mode': 'other'}, {'region': 'other'}])
def test_unknown_options_list_the_known_ones(option):
    with pytest.raises(ValueError, match=rf'loss\.{next(iter(option))}.*one of.*other'):
        CompositeLocalizationLoss(**option)
