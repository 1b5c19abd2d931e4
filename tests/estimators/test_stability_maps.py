"""What consistency losses see of each kind of head, and how a second forward pass is saved."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import tiny_heads
import torch
from mmengine.structures import PixelData
from mmpose.codecs import MegviiHeatmap, UDPHeatmap
from mmpose.models.heads import VisPredictHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import nn

from mmpose_stable.estimators.consistency import (
    StabilityMaps,
    given_outputs,
    select,
    stability_maps,
)


def samples(heatmaps):
    result = []
    for maps in heatmaps:
        sample = PoseDataSample()
        sample.gt_fields = PixelData(heatmaps=maps)
        result.append(sample)
    return result


def head_with(**attributes):
    head = nn.Module()
    for name, value in attributes.items():
        setattr(head, name, value)
    return head


def build(name):
    return MODELS.build(copy.deepcopy(tiny_heads.MODELS[name][2]))


MAPS, OTHER = torch.randn(2, 2, 3, 8, 6)


@pytest.mark.parametrize(
    'outputs',
    [MAPS, [OTHER, MAPS], [[MAPS, OTHER], [OTHER, MAPS]], (torch.randn(2, 3, 2), MAPS)],
    ids=['maps', 'stages', 'nested stages', 'beside coordinates'],
)
def test_heatmaps_of_the_last_stage_are_taken_as_they_are(outputs):
    seen = stability_maps(head_with(), outputs, [])
    assert seen.maps[0] is seen.logits[0] is MAPS
    # Heatmaps that a head regresses have no scale to change.
    assert seen.on_scale_of(StabilityMaps.of_heatmaps(OTHER)) is seen.maps
    visible = VisPredictHead.__new__(VisPredictHead)
    nn.Module.__init__(visible)
    visible.pose_head = head_with()
    assert stability_maps(visible, (outputs, torch.rand(2, 3)), []).maps[0] is MAPS


def peak_scaled(logits):
    p = logits.flatten(2).softmax(-1).view_as(logits)
    return p / p.flatten(2).amax(-1).view(*p.shape[:2], *[1] * (p.ndim - 2))


def test_simcc_vectors_become_two_scaled_distributions():
    x, y = torch.randn(2, 3, 20), torch.randn(2, 3, 16)
    seen = stability_maps(head_with(loss_module=SimpleNamespace(beta=10.0)), (x, y), [])
    for part, logits, maps in zip((x, y), seen.logits, seen.maps, strict=True):
        torch.testing.assert_close(logits, 10 * part)
        torch.testing.assert_close(maps, peak_scaled(10 * part))


@pytest.mark.parametrize('name', ['rhm', 'integral'])
def test_probabilities_are_divided_by_their_maximum(name):
    head = build(name)
    outputs = head.forward((torch.randn(2, 64, 2, 2),))
    seen = stability_maps(head, outputs, [])
    logits = outputs if name == 'rhm' else outputs[1].log()
    torch.testing.assert_close(seen.maps[0], peak_scaled(logits))
    torch.testing.assert_close(seen.logits[0], logits)


def test_clean_scale_divides_every_view_by_the_clean_maximum():
    clean, other = torch.randn(2, 2, 3, 8, 6, dtype=torch.float64)
    seen = StabilityMaps.of_logits(other).on_scale_of(StabilityMaps.of_logits(clean))[0]
    for b in range(2):
        for k in range(3):
            p_clean, p_other = clean[b, k].exp(), other[b, k].exp()
            p_clean, p_other = p_clean / p_clean.sum(), p_other / p_other.sum()
            torch.testing.assert_close(seen[b, k], p_other / p_clean.max())


def test_clean_scale_stays_finite_for_extreme_logits_in_half_precision():
    flat, sharp = torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    sharp[..., 3, 5] = 6e4
    for clean, other in ((flat, sharp), (sharp, flat)):
        half = other.half().requires_grad_()
        with torch.autocast('cpu', dtype=torch.bfloat16):
            views = StabilityMaps.of_logits(half), StabilityMaps.of_logits(clean.half())
            (seen,) = views[0].on_scale_of(views[1])
        assert seen.dtype == torch.float32
        assert seen.max() <= 64 * 64 * (1 + 1e-5)
        seen.square().mean().backward()
        assert half.grad.isfinite().all()


def test_combined_udp_maps_are_told_apart():
    outputs = torch.randn(2, 9, 8, 6)
    targets = torch.rand(2, 9, 8, 6) * (torch.rand(2, 9, 8, 6) > 0.5)
    codec = UDPHeatmap((24, 32), (6, 8), heatmap_type='combined')
    seen = stability_maps(head_with(decoder=codec), outputs, samples(targets))
    assert torch.equal(seen.maps[0], outputs[:, 0::3])
    assert torch.equal(seen.offsets, torch.stack((outputs[:, 1::3], outputs[:, 2::3]), 2))
    assert torch.equal(seen.region, targets[:, 0::3] > 0)


def test_composite_heads_give_score_maps_offsets_and_the_region():
    outputs, targets = torch.randn(2, 15, 2, 2), torch.rand(2, 5, 2, 2)
    seen = stability_maps(build('cl'), outputs, samples(targets))
    assert torch.equal(seen.maps[0], outputs[:, :5])
    assert torch.equal(seen.offsets, torch.stack((outputs[:, 10:], outputs[:, 5:10]), 2))
    assert torch.equal(seen.region, targets >= 0.6)


def test_heatmaps_with_a_peak_of_255_are_brought_to_one():
    codec = MegviiHeatmap((64, 64), (16, 16), kernel_size=5)
    target = codec.encode(np.full((1, 2, 2), 30.0), np.ones((1, 2)))['heatmaps']
    seen = stability_maps(head_with(decoder=codec), torch.from_numpy(target)[None], [])
    torch.testing.assert_close(seen.maps[0].amax((-2, -1)), torch.ones(1, 2))


def test_another_head_can_register_and_one_without_maps_is_told_so():
    class MyHead(nn.Module):
        pass

    with pytest.raises(TypeError, match=r'gives no maps.*model.consistency'):
        stability_maps(MyHead(), torch.randn(2, 3, 2), [])

    @stability_maps.register(MyHead)
    def _(head, outputs, data_samples):
        return StabilityMaps.of_heatmaps(outputs['maps'])

    assert stability_maps(MyHead(), {'maps': MAPS}, []).maps[0] is MAPS


def test_select_cuts_every_tensor_of_nested_outputs():
    a, b = torch.arange(6), torch.arange(6) * 10
    first, (second, third) = select((a, [b, {'a': a}]), 2, 4)
    assert first.tolist() == third['a'].tolist() == [2, 3]
    assert second.tolist() == [20, 30]


def test_given_outputs_replaces_forward_for_the_block_only():
    head = nn.Identity()
    with given_outputs(head, 'given'):
        assert head.forward('computed') == 'given'
    with pytest.raises(RuntimeError), given_outputs(head, 'given'):
        raise RuntimeError
    assert head.forward('computed') == 'computed'
