import math

import numpy as np
import pytest
import torch

from mmpose_stable.codecs import CompositeLocalization

either_way = pytest.mark.parametrize('traced', [False, True])


def reference_maps(keypoints, input_size, stride, sigma):
    """Equations 1 to 3 cell by cell, in the paper's frame (pixel edges at integers)."""
    width, height = input_size[0] // stride, input_size[1] // stride
    k = len(keypoints)
    heatmaps = np.zeros((k, height, width))
    offsets = np.zeros((2 * k, height, width))
    for index, (x, y) in enumerate(np.asarray(keypoints, float) + 0.5):
        for row, column in np.ndindex(height, width):
            tx, ty = (column + 1 - 0.5) * stride, (row + 1 - 0.5) * stride
            distance = (tx - x) ** 2 + (ty - y) ** 2
            heatmaps[index, row, column] = math.exp(-distance / (2 * sigma**2))
            offsets[index, row, column] = (y - ty) / stride
            offsets[k + index, row, column] = (x - tx) / stride
    return heatmaps, offsets


def reference_decode(heatmaps, offsets, stride, threshold):
    """Section 3.4 vote by vote, back in the frame of pixel centres."""
    k, height, width = heatmaps.shape
    keypoints = []
    for index in range(k):
        cells = {cell: heatmaps[(index, *cell)] for cell in np.ndindex(height, width)}
        voters = {cell: value for cell, value in cells.items() if value >= threshold}
        voters = voters or {max(cells, key=cells.get): 1.0}
        total = sum(voters.values())
        x = y = 0.0
        for (row, column), weight in voters.items():
            x += weight * ((column + 0.5) * stride + stride * offsets[k + index, row, column])
            y += weight * ((row + 0.5) * stride + stride * offsets[index, row, column])
        keypoints.append((x / total - 0.5, y / total - 0.5))
    return np.array(keypoints)


@pytest.mark.parametrize('stride', [4, 8, 16, 32])
def test_encoding_equals_the_equations(stride):
    codec = CompositeLocalization((96, 64), stride, sigma=11.0)
    inside = np.random.default_rng(0).uniform(0, 1, (5, 2)) * (95, 63)
    keypoints = np.array([[(0, 0), (95, 63), *inside]], np.float32)
    encoded = codec.encode(keypoints)
    heatmaps, offsets = reference_maps(keypoints[0], (96, 64), stride, 11.0)
    np.testing.assert_allclose(encoded['heatmaps'], heatmaps, atol=1e-5)
    np.testing.assert_allclose(encoded['offsets'], offsets, atol=1e-5)
    assert encoded['keypoint_weights'].all()


@either_way
@pytest.mark.parametrize('threshold', [0.05, 0.6, 0.999, math.inf])
def test_decoding_random_maps_equals_vote_by_vote(threshold, traced):
    voters = {'voters': 'peak'} if threshold == math.inf else {'threshold': threshold}
    maps = torch.rand(2, 9, 8, 12) * 1.2 - 0.2
    maps[0, 0] += 1  # all cells of a map are likely
    keypoints, scores = CompositeLocalization((96, 64), 8, **voters).peaks(maps, traced)
    for found, one in zip(keypoints, maps.numpy(), strict=True):
        expected = reference_decode(one[:3], one[3:], 8, threshold)
        np.testing.assert_allclose(found, expected, atol=1e-3)
    assert torch.equal(scores, maps[:, :3].amax((-2, -1)))


@either_way
@pytest.mark.parametrize('threshold', [0.1, 0.6, 0.7])
def test_a_cell_at_the_threshold_votes(threshold, traced):
    maps = torch.zeros(3, 4, 6)
    maps[0, 0, 0] = maps[0, 0, 2] = threshold
    keypoints, _ = CompositeLocalization((96, 64), threshold=threshold).peaks(maps, traced)
    np.testing.assert_allclose(keypoints, [[23.5, 7.5]], atol=1e-5)


def test_maps_of_zeros_and_with_a_nan_still_give_a_point_and_their_score():
    maps = np.zeros((6, 4, 6), np.float32)
    maps[1] = 1
    maps[1, 1, 2] = np.nan
    keypoints, scores = CompositeLocalization((96, 64)).decode(maps)
    np.testing.assert_allclose(keypoints, [[[7.5, 7.5], [39.5, 23.5]]])
    np.testing.assert_array_equal(scores, [[0, np.nan]])


@either_way
@pytest.mark.parametrize('bad', [math.inf, math.nan])
def test_an_offset_that_is_no_number_counts_only_where_its_cell_votes(bad, traced):
    codec = CompositeLocalization((96, 64))
    encoded = codec.encode(np.array([[[30, 20]]], np.float32))
    maps = torch.from_numpy(np.concatenate([encoded['heatmaps'], encoded['offsets']]))
    maps[1, 3, 5] = bad
    np.testing.assert_allclose(codec.peaks(maps, traced)[0], [[30, 20]], atol=1e-4)
    maps[1, 1, 1] = bad
    assert not codec.peaks(maps, traced)[0][0, 1].isfinite()
