"""What the losses see of each kind of head, and how a second forward pass is saved."""

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
    offset_region,
    output_parts,
    scaled_maps,
    stage_parts,
)
from mmpose_stable.estimators.output_part import Part


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


def test_heatmaps_are_taken_as_they_are_of_every_stage_and_beside_visibilities():
    ((seen,),) = stage_parts(head_with(), MAPS)
    assert (seen.kind, seen.values is MAPS) == ('heatmaps', True)
    for scale in ('maps', 'logits', 'clean_scale'):
        assert scaled_maps([seen], [Part('heatmaps', OTHER)], scale) == [MAPS]
    assert [stage[0].values is MAPS for stage in stage_parts(head_with(), [OTHER, MAPS])] == [0, 1]
    visible = VisPredictHead.__new__(VisPredictHead)
    nn.Module.__init__(visible)
    visible.pose_head = head_with()
    probabilities = torch.rand(2, 3)
    maps, visibilities = stage_parts(visible, ([OTHER, MAPS], probabilities))[-1]
    assert maps.values is MAPS
    assert visibilities.kind == 'visibilities'
    assert torch.equal(visibilities.values[..., 0], probabilities)


def peak_scaled(logits):
    p = logits.flatten(2).softmax(-1).view_as(logits)
    return p / p.flatten(2).amax(-1).view(*p.shape[:2], *[1] * (p.ndim - 2))


def test_simcc_vectors_become_two_distributions_scaled_by_their_maxima():
    x, y = torch.randn(2, 3, 20), torch.randn(2, 3, 16)
    (seen,) = stage_parts(head_with(loss_module=SimpleNamespace(beta=10.0)), (x, y))
    assert [(part.kind, part.axis) for part in seen] == [('logits', 0), ('logits', 1)]
    for values, logits, maps in zip(
        (x, y), scaled_maps(seen, seen, 'logits'), scaled_maps(seen, seen, 'maps'), strict=True
    ):
        torch.testing.assert_close(logits, 10 * values)
        torch.testing.assert_close(maps, peak_scaled(10 * values))


def test_integral_regression_gives_coordinates_and_the_logarithm_of_its_probabilities():
    head = build('integral')
    outputs = head.forward((torch.randn(2, 64, 2, 2),))
    ((coordinates, logits),) = stage_parts(head, outputs)
    assert coordinates.values is outputs[0]
    torch.testing.assert_close(logits.values, outputs[1].log())


def on_clean_scale(other, clean):
    (scaled,) = scaled_maps([Part('logits', other)], [Part('logits', clean)], 'clean_scale')
    return scaled


def test_clean_scale_divides_every_view_by_the_clean_maximum():
    clean, other = torch.randn(2, 2, 3, 8, 6, dtype=torch.float64)
    seen = on_clean_scale(other, clean)
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
            seen = on_clean_scale(half, clean.half())
        assert seen.dtype == torch.float32
        assert seen.max() <= 64 * 64 * (1 + 1e-5)
        seen.square().mean().backward()
        assert half.grad.isfinite().all()


def test_offsets_and_their_region_are_told_apart_from_heatmaps():
    outputs = torch.randn(2, 9, 8, 6)
    targets = torch.rand(2, 9, 8, 6) * (torch.rand(2, 9, 8, 6) > 0.5)
    udp = head_with(decoder=UDPHeatmap((24, 32), (6, 8), heatmap_type='combined'))
    ((heatmaps, offsets),) = stage_parts(udp, outputs)
    assert torch.equal(heatmaps.values, outputs[:, 0::3])
    assert torch.equal(offsets.values, torch.stack((outputs[:, 1::3], outputs[:, 2::3]), 2))
    region = offset_region(udp, heatmaps.values, samples(targets))
    assert torch.equal(region, targets[:, 0::3] > 0)
    outputs, targets, composite = torch.randn(2, 15, 2, 2), torch.rand(2, 5, 2, 2), build('cl')
    ((heatmaps, offsets),) = stage_parts(composite, outputs)
    assert torch.equal(heatmaps.values, outputs[:, :5])
    assert torch.equal(offsets.values, torch.stack((outputs[:, 10:], outputs[:, 5:10]), 2))
    region = offset_region(composite, heatmaps.values, samples(targets))
    assert torch.equal(region, targets >= 0.6)


def test_heatmaps_with_a_peak_of_255_are_brought_to_one():
    codec = MegviiHeatmap((64, 64), (16, 16), kernel_size=5)
    target = codec.encode(np.full((1, 2, 2), 30.0), np.ones((1, 2)))['heatmaps']
    ((seen,),) = stage_parts(head_with(decoder=codec), torch.from_numpy(target)[None])
    torch.testing.assert_close(seen.values.amax((-2, -1)), torch.ones(1, 2))


def test_another_head_can_register_and_is_told_so():
    class MyHead(nn.Module):
        pass

    with pytest.raises(TypeError, match=r'MyHead gives neither heatmaps .*output_parts\.register'):
        stage_parts(MyHead(), {'maps': MAPS})

    @output_parts.register(MyHead)
    def _(head, outputs):
        return [Part('heatmaps', outputs['maps'])]

    assert stage_parts(MyHead(), {'maps': MAPS})[-1][0].values is MAPS
