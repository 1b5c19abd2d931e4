"""What consistency losses see of each kind of head, and how a second forward pass is saved."""

from types import SimpleNamespace

import numpy as np
import pytest
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


def test_heatmaps_are_taken_as_they_are():
    maps = torch.randn(2, 3, 8, 6)
    seen = stability_maps(head_with(), maps, [])
    assert seen.maps[0] is seen.logits[0] is maps


def test_of_several_stages_the_last_is_taken():
    stages = [torch.randn(2, 3, 8, 6) for _ in range(3)]
    assert stability_maps(head_with(), stages, []).maps[0] is stages[-1]
    nested = [[torch.randn(2, 3, 4, 3), stages[0]], [torch.randn(2, 3, 4, 3), stages[1]]]
    assert stability_maps(head_with(), nested, []).maps[0] is stages[1]


def test_simcc_vectors_become_two_scaled_distributions():
    x, y = torch.randn(2, 3, 20), torch.randn(2, 3, 16)
    seen = stability_maps(head_with(loss_module=SimpleNamespace(beta=10.0)), (x, y), [])
    for part, logits, maps in zip((x, y), seen.logits, seen.maps, strict=True):
        torch.testing.assert_close(logits, 10 * part)
        p = (10 * part).softmax(-1)
        torch.testing.assert_close(maps, p / p.amax(-1, keepdim=True))


def test_clean_scale_divides_every_view_by_the_clean_maximum():
    clean, other = torch.randn(2, 2, 3, 8, 6, dtype=torch.float64)
    seen = StabilityMaps.of_logits(other).on_scale_of(StabilityMaps.of_logits(clean))[0]
    for b in range(2):
        for k in range(3):
            p_clean, p_other = clean[b, k].exp(), other[b, k].exp()
            p_clean, p_other = p_clean / p_clean.sum(), p_other / p_other.sum()
            torch.testing.assert_close(seen[b, k], p_other / p_clean.max())


def test_a_clean_view_on_its_own_scale_is_what_it_was():
    views = StabilityMaps.of_logits(torch.randn(2, 3, 20), torch.randn(2, 3, 16))
    for scaled, maps in zip(views.on_scale_of(views), views.maps, strict=True):
        torch.testing.assert_close(scaled, maps)


def test_regressed_heatmaps_have_no_scale_to_change():
    clean, other = (StabilityMaps.of_heatmaps(torch.randn(2, 3, 8, 6)) for _ in range(2))
    assert other.on_scale_of(clean) is other.maps


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


def test_coordinates_beside_maps_are_left_out():
    maps = torch.randn(2, 3, 8, 6)
    assert stability_maps(head_with(), (torch.randn(2, 3, 2), maps), []).maps[0] is maps


def test_combined_udp_maps_are_told_apart():
    outputs = torch.randn(2, 9, 8, 6)
    targets = torch.rand(2, 9, 8, 6) * (torch.rand(2, 9, 8, 6) > 0.5)
    codec = UDPHeatmap((24, 32), (6, 8), heatmap_type='combined')
    head = head_with(decoder=codec)
    seen = stability_maps(head, outputs, samples(targets))
    assert torch.equal(seen.maps[0], outputs[:, 0::3])
    assert torch.equal(seen.offsets[:, :, 0], outputs[:, 1::3])
    assert torch.equal(seen.offsets[:, :, 1], outputs[:, 2::3])
    assert torch.equal(seen.region, targets[:, 0::3] > 0)


def test_composite_heads_give_score_maps_offsets_and_the_region():
    codec = {'type': 'CompositeLocalization', 'input_size': (64, 48), 'stride': 16}
    head = MODELS.build(
        {
            'type': 'CLHead',
            'in_channels': 8,
            'num_keypoints': 2,
            'decoder': codec,
            'mid_channels': 4,
            'out_channels': 8,
        }
    )
    outputs, targets = torch.randn(2, 6, 3, 4), torch.rand(2, 2, 3, 4)
    seen = stability_maps(head, outputs, samples(targets))
    assert torch.equal(seen.maps[0], outputs[:, :2])
    assert torch.equal(seen.offsets, torch.stack((outputs[:, 4:], outputs[:, 2:4]), 2))
    assert torch.equal(seen.region, targets >= 0.6)


def test_logits_of_rcc_head_become_probabilities_over_their_maximum():
    codec = {'type': 'HDHeatmap', 'input_size': (64, 48), 'heatmap_size': (16, 12)}
    head = MODELS.build(
        {
            'type': 'RCCHead',
            'in_channels': 4,
            'out_channels': 3,
            'deconv_out_channels': None,
            'loss': {'type': 'WeightedCrossEntropyLoss'},
            'decoder': codec,
        }
    )
    outputs = head((torch.randn(2, 4, 12, 16),))
    seen = stability_maps(head, outputs, [])
    p = outputs.flatten(2).softmax(-1).view_as(outputs)
    torch.testing.assert_close(seen.maps[0], p / p.amax((2, 3), keepdim=True))
    assert seen.logits[0] is outputs


def test_maps_of_integral_regression_are_probabilities_over_their_maximum():
    head = MODELS.build(
        dict(
            type='DSNTHead',
            in_channels=4,
            in_featuremap_size=(6, 8),
            num_joints=3,
            deconv_out_channels=None,
            loss=dict(type='MultipleLossWrapper', losses=[]),
        )
    )
    outputs = head.forward((torch.randn(2, 4, 8, 6),))
    seen = stability_maps(head, outputs, [])
    torch.testing.assert_close(seen.maps[0].flatten(2).amax(-1), torch.ones(2, 3))
    p = outputs[1]
    torch.testing.assert_close(seen.maps[0], p / p.amax((-2, -1), keepdim=True))


def test_a_head_with_visibility_is_taken_for_the_head_inside():
    head = VisPredictHead.__new__(VisPredictHead)
    nn.Module.__init__(head)
    head.pose_head = head_with()
    maps = torch.randn(2, 3, 8, 6)
    assert stability_maps(head, (maps, torch.rand(2, 3)), []).maps[0] is maps


def test_another_head_can_register():
    class MyHead(nn.Module):
        pass

    @stability_maps.register(MyHead)
    def _(head, outputs, data_samples):
        return StabilityMaps.of_heatmaps(outputs['maps'])

    maps = torch.randn(1, 2, 4, 4)
    assert stability_maps(MyHead(), {'maps': maps}, []).maps[0] is maps


def test_head_without_maps_is_refused_with_what_to_do():
    with pytest.raises(TypeError, match=r'gives no maps.*model.consistency'):
        stability_maps(head_with(), torch.randn(2, 3, 2), [])


def test_select_cuts_every_tensor_of_nested_outputs():
    a, b = torch.arange(6), torch.arange(6) * 10
    first, (second,) = select((a, [b]), 2, 4)
    assert first.tolist() == [2, 3]
    assert second.tolist() == [20, 30]
    assert select({'a': a}, 0, 2)['a'].tolist() == [0, 1]


def test_given_outputs_replaces_forward_for_the_block_only():
    class Head(nn.Module):
        def forward(self, feats):
            return 'computed'

    head = Head()
    with given_outputs(head, 'given'):
        assert head.forward(None) == 'given'
    assert head.forward(None) == 'computed'
    with pytest.raises(RuntimeError), given_outputs(head, 'given'):
        raise RuntimeError
    assert head.forward(None) == 'computed'


def test_heatmaps_with_a_peak_of_255_are_brought_to_one():
    codec = MegviiHeatmap((64, 64), (16, 16), kernel_size=5)
    target = codec.encode(np.full((1, 2, 2), 30.0), np.ones((1, 2)))['heatmaps']
    seen = stability_maps(head_with(decoder=codec), torch.from_numpy(target)[None], [])
    torch.testing.assert_close(seen.maps[0].amax((-2, -1)), torch.ones(1, 2))
