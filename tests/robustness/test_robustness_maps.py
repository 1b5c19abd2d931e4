"""Peaks of heatmaps: known shapes, and loops over sorted pixels."""

import math
from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import PixelData
from mmpose.codecs import UDPHeatmap
from mmpose.structures import PoseDataSample

from mmpose_stable.robustness.maps import describe_peaks, score_maps


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
    peaks = describe_peaks(5.0 * round_peak())
    # The 63 smallest non-zero squared distances on a grid add up to 652.
    assert peaks.spread.item() == 652
    assert peaks.gap.item() == pytest.approx(1 - math.exp(-1 / 18))
    axis = torch.arange(33) - 16
    chessboard = torch.maximum(axis[:, None].abs(), axis[None].abs())
    heatmap = torch.where(chessboard <= 8, 0.7**chessboard, 0.0)
    assert describe_peaks(heatmap).gap.item() == pytest.approx(0.3)


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
