"""Peaks of heatmaps and Theorem 3: known shapes, loops over pixels, random and adverse pairs."""

import functools
import itertools
import math
from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import PixelData
from mmpose.codecs import UDPHeatmap
from mmpose.structures import PoseDataSample

from mmpose_stable.robustness.certificate import certified
from mmpose_stable.robustness.maps import describe_peaks, normalised, score_maps


def round_peak(size=33, sigma=3.0):
    axis = torch.arange(size, dtype=torch.float64) - size // 2
    return torch.exp(-(axis[:, None] ** 2 + axis[None] ** 2) / (2 * sigma**2))


def naive_spread(values, count):
    """D_n of one map: sort by falling value, earlier pixels first among equals."""
    pixels = [(-v, (r, c)) for r, row in enumerate(values) for c, v in enumerate(row)]
    places = [place for _, place in sorted(pixels)][:count]
    (row, column), rest = places[0], places[1:]
    return sum((r - row) ** 2 + (c - column) ** 2 for r, c in rest)


def test_ideal_maps_have_the_spread_and_gap_of_the_paper():
    peaks = describe_peaks(0.5 * round_peak())
    # The 63 smallest non-zero squared distances on a grid add up to 652.
    assert peaks.spread.item() == 652
    assert peaks.gap.item() == pytest.approx(1 - math.exp(-1 / 18))


@pytest.mark.parametrize('levels', [1000, 4])  # of few levels many pixels are equal
def test_spread_and_position_equal_a_loop_over_sorted_pixels(levels):
    generator = torch.Generator().manual_seed(levels)
    maps = torch.randint(0, levels, (18, 9, 7), generator=generator).float()
    for heatmap, *found in zip(maps.tolist(), *describe_peaks(maps, count=11), strict=True):
        flat = [value for row in heatmap for value in row]
        second, first = sorted(flat)[-2:]
        expected = flat.index(first), naive_spread(heatmap, 11), (first - second) / first
        assert [value.item() for value in found] == pytest.approx(expected)


def test_small_maps_and_maps_without_a_positive_value():
    small = torch.tensor([[3.0, 2.0], [1.0, 0.0]])
    assert describe_peaks(small, count=64).spread.item() == 1 + 1 + 2
    peaks = describe_peaks(-1 - small, count=2)
    assert math.isnan(peaks.gap.item())
    assert peaks.position.item() == 3


@pytest.mark.parametrize('chosen', [None, [3, 1]])
def test_heatmaps_of_combined_udp_are_told_from_its_offsets(chosen):
    maps = torch.rand(15, 4, 4)
    sample = PoseDataSample()
    sample.pred_fields = PixelData(heatmaps=maps)
    decoder = UDPHeatmap((16, 16), (4, 4), heatmap_type='combined')
    settings = {'output_keypoint_indices': chosen}
    model = SimpleNamespace(head=SimpleNamespace(decoder=decoder), test_cfg=settings)
    expected = maps[0::3] if chosen is None else maps[0::3][chosen]
    assert torch.equal(score_maps(sample, model, len(expected)), expected)


@pytest.mark.parametrize('bad', [float('nan'), float('inf')])
def test_a_map_that_is_not_finite_has_neither_spread_nor_gap(bad):
    maps = round_peak().repeat(2, 1, 1)
    maps[1, 3, 4] = bad
    peaks = describe_peaks(maps)
    assert peaks.spread.isnan().tolist() == peaks.gap.isnan().tolist() == [False, True]


def naive_condition(clean, perturbed, as_printed=False):
    """Theorem 3 of one pair of maps, pixel by pixel."""
    pixels = [*zip(itertools.chain(*clean), itertools.chain(*perturbed), strict=True)]
    (peak, changed), (second, _) = sorted(pixels, reverse=True)[:2]
    total = sum((after - before) ** 2 for before, after in pixels)
    if not as_printed:
        total *= 1 + 1 / len(pixels)
    return peak - second >= math.sqrt(total + len(pixels) * (changed - peak) ** 2)


def random_pairs(count):
    """Pairs of many kinds of change: dense and sparse, small and large, at the peak or not."""
    rand = functools.partial(torch.rand, dtype=torch.float64)
    clean = rand(count, 20)
    peak = clean.argmax(1, keepdim=True)
    clean.scatter_add_(1, peak, rand(count, 1) * 2)
    change = (rand(count, 20) - 0.5) * 10 ** (rand(count, 1) * 6 - 5)
    change *= rand(count, 20) < rand(count, 1)
    at_peak = change.gather(1, peak) * 10 ** (rand(count, 1) * 4 - 4)
    change.scatter_(1, peak, at_peak)
    return clean.view(count, 5, 4), (clean + change).view(count, 5, 4)


def test_the_condition_equals_a_loop_over_pixels():
    pairs = random_pairs(300)
    lists = (maps.tolist() for maps in pairs)
    expected = [naive_condition(*pair) for pair in zip(*lists, strict=True)]
    assert certified(*pairs).tolist() == expected
    assert 0 < sum(expected) < 300


def test_no_certified_pair_moves_when_rivals_are_chosen_against_the_bound():
    # For each a the largest gap-preserving rival is tried at the very edge of the condition.
    a = torch.logspace(-9, 0, 19, dtype=torch.float64).repeat_interleave(33)
    b = a * torch.logspace(-2, 6, 33, dtype=torch.float64).repeat(19)
    change = torch.zeros(len(a), 16, 16, dtype=torch.float64)
    change[:, 0, 0], change[:, 3, 7] = -a, b
    pixels = 16 * 16
    bound = ((1 + 1 / pixels) * (a**2 + b**2) + pixels * a**2).sqrt()
    clean = -bound[:, None, None].repeat(1, 16, 16) * (1 + 1e-9)
    clean[:, 0, 0] = 0
    stays = certified(clean, clean + change)
    assert stays.sum() > len(a) / 2
    assert ((clean + change).flatten(1).argmax(1)[stays] == 0).all()


def test_printed_condition_certifies_a_pair_that_moves_and_the_corrected_one_does_not():
    clean = torch.zeros(64, 64, dtype=torch.float64)
    clean[10, 10] = 0.10000003
    perturbed = clean.clone()
    perturbed[10, 10] -= 1e-6
    perturbed[40, 40] += 0.1
    assert clean.argmax() != perturbed.argmax()
    assert naive_condition(clean.tolist(), perturbed.tolist(), as_printed=True)
    assert not certified(clean, perturbed)


def test_unchanged_maps_are_certified_unless_there_is_a_tie_at_the_top():
    # A flat map singles out no pixel, though nothing about it moves.
    sharp, tied = torch.tensor([[[1.0, 0.2], [0.9, 0.0]], [[1.0, 0.2], [1.0, 0.0]]])
    dark = normalised(torch.full((4, 4), -1.0))
    for maps, stays in ((sharp, True), (tied, False), (torch.ones(3, 4), False), (dark, False)):
        assert certified(maps, maps) == stays
