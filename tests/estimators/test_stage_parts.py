import copy
from types import SimpleNamespace

import numpy as np
import pytest
import tiny_heads
import torch
from mmpose.codecs import MegviiHeatmap, UDPHeatmap
from mmpose.registry import MODELS
from torch import nn

from mmpose_stable.estimators.consistency import (
    offset_region,
    output_parts,
    scaled_maps,
    stage_parts,
)
from mmpose_stable.estimators.output_part import Part


def build(name):
    return MODELS.build(copy.deepcopy(tiny_heads.MODELS[name][2]))


MAPS, OTHER = torch.randn(2, 2, 3, 8, 6)


def test_heatmaps_are_taken_as_they_are_of_every_stage_and_beside_visibilities():
    ((seen,),) = stage_parts(nn.Identity(), MAPS)
    assert (seen.kind, seen.values is MAPS) == ('heatmaps', True)
    probabilities = torch.rand(2, 3)
    stages = stage_parts(build('vis_msra'), ([OTHER, MAPS], probabilities))
    assert [stage[0].values is MAPS for stage in stages] == [0, 1]
    assert stages[-1][1].kind == 'visibilities'
    assert torch.equal(stages[-1][1].values[..., 0], probabilities)


def test_simcc_vectors_become_two_distributions_scaled_by_their_maxima():
    vectors = torch.randn(2, 3, 20), torch.randn(2, 3, 16)
    (seen,) = stage_parts(SimpleNamespace(loss_module=SimpleNamespace(beta=10.0)), vectors)
    assert [(part.kind, part.axis) for part in seen] == [('logits', 0), ('logits', 1)]
    torch.testing.assert_close([part.values for part in seen], [10 * v for v in vectors])
    p = [(10 * v).softmax(-1) for v in vectors]
    expected = [one / one.amax(-1, keepdim=True) for one in p]
    torch.testing.assert_close(scaled_maps(seen, seen, 'maps'), expected)


def test_integral_regression_gives_coordinates_and_the_logarithm_of_its_probabilities():
    head = build('integral')
    outputs = head.forward((torch.randn(2, 64, 2, 2),))
    ((coordinates, logits),) = stage_parts(head, outputs)
    assert coordinates.values is outputs[0]
    torch.testing.assert_close(logits.values, outputs[1].log())


def test_clean_scale_stays_finite_for_extreme_logits_in_half_precision():
    flat, sharp = torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    sharp[..., 3, 5] = 6e4
    for clean, other in ((flat, sharp), (sharp, flat)):
        half = other.half().requires_grad_()
        with torch.autocast('cpu', dtype=torch.bfloat16):
            views = [Part('logits', half)], [Part('logits', clean.half())]
            (seen,) = scaled_maps(*views, 'clean_scale')
        assert seen.dtype == torch.float32
        assert seen.max() <= 64 * 64 * (1 + 1e-5)
        seen.square().mean().backward()
        assert half.grad.isfinite().all()


@pytest.mark.parametrize('composite', [False, True], ids=['udp', 'composite'])
def test_offsets_and_their_region_are_told_apart_from_heatmaps(composite):
    head = SimpleNamespace(decoder=UDPHeatmap((24, 32), (6, 8), heatmap_type='combined'))
    outputs, targets = torch.randn(2, 9, 8, 6), torch.rand(2, 9, 8, 6)
    targets *= torch.rand(2, 9, 8, 6) > 0.5
    maps, x, y = (outputs[:, part::3] for part in range(3))
    aims, likely = targets, targets[:, ::3] > 0
    if composite:
        head = build('cl')
        maps, y, x = outputs.split(3, 1)
        aims = targets[:, :3]
        likely = aims >= 0.6
    ((heatmaps, offsets),) = stage_parts(head, outputs)
    assert torch.equal(heatmaps.values, maps)
    assert torch.equal(offsets.values, torch.stack((x, y), 2))
    samples = [SimpleNamespace(gt_fields=SimpleNamespace(heatmaps=aim)) for aim in aims]
    assert torch.equal(offset_region(head, heatmaps.values, samples), likely)


def test_heatmaps_with_a_peak_of_255_are_brought_to_one():
    codec = MegviiHeatmap((64, 64), (16, 16), kernel_size=5)
    target = codec.encode(np.full((1, 2, 2), 30.0), np.ones((1, 2)))['heatmaps']
    ((seen,),) = stage_parts(SimpleNamespace(decoder=codec), torch.from_numpy(target)[None])
    torch.testing.assert_close(seen.values.amax((-2, -1)), torch.ones(1, 2))


def test_another_head_can_register_and_is_told_so():
    class MyHead(nn.Module):
        pass

    with pytest.raises(ValueError, match=r'MyHead gives neither heatmaps .*output_parts\.register'):
        stage_parts(MyHead(), {'maps': MAPS})

    @output_parts.register(MyHead)
    def _(head, outputs):
        return [Part('heatmaps', outputs['maps'])]

    assert stage_parts(MyHead(), {'maps': MAPS})[-1][0].values is MAPS
