"""Composite localization against a reference written from the paper, and its round trips."""

import math

import numpy as np
import pytest
import torch

from mmpose_stable.codecs import CompositeLocalization
from mmpose_stable.codecs.composite_localization import decode_composite

STRIDES = [4, 8, 16, 32]
SIZES = [(192, 256), (96, 64)]


def reference_maps(keypoints, input_size, stride, sigma):
    """Equations 1 to 3 cell by cell, in the paper's frame (pixel edges at integers)."""
    width, height = input_size[0] // stride, input_size[1] // stride
    k = len(keypoints)
    heatmaps = np.zeros((k, height, width))
    offsets = np.zeros((2 * k, height, width))
    for index, (x, y) in enumerate(np.asarray(keypoints, float) + 0.5):
        for row in range(height):
            for column in range(width):
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
        cells = [(r, c) for r in range(height) for c in range(width)]
        chosen = [cell for cell in cells if heatmaps[(index, *cell)] >= threshold]
        if not chosen:
            chosen = [max(cells, key=lambda cell: heatmaps[(index, *cell)])]
            weights = [1.0]
        else:
            weights = [heatmaps[(index, *cell)] for cell in chosen]
        x = y = 0.0
        for weight, (row, column) in zip(weights, chosen, strict=True):
            x += weight * ((column + 0.5) * stride + stride * offsets[k + index, row, column])
            y += weight * ((row + 0.5) * stride + stride * offsets[index, row, column])
        keypoints.append((x / sum(weights) - 0.5, y / sum(weights) - 0.5))
    return np.array(keypoints)


def points_inside(size, count, seed=0):
    """Random points, the corners and the middles of the borders, in pixels."""
    rng = np.random.default_rng(seed)
    w, h = size[0] - 1, size[1] - 1
    border = [(0, 0), (w, 0), (0, h), (w, h), (w / 2, 0), (w / 2, h), (0, h / 2), (w, h / 2)]
    return np.concatenate([border, rng.uniform(0, 1, (count, 2)) * (w, h)])[None].astype(np.float32)


def joined(encoded):
    return np.concatenate([encoded['heatmaps'], encoded['offsets']])


@pytest.mark.parametrize('stride', STRIDES)
def test_encoding_equals_the_equations(stride):
    codec = CompositeLocalization((96, 64), stride, sigma=11.0)
    keypoints = points_inside((96, 64), 5)
    encoded = codec.encode(keypoints)
    heatmaps, offsets = reference_maps(keypoints[0], (96, 64), stride, 11.0)
    np.testing.assert_allclose(encoded['heatmaps'], heatmaps, atol=1e-5)
    np.testing.assert_allclose(encoded['offsets'], offsets, atol=1e-5)


@pytest.mark.parametrize('threshold', [0.05, 0.6, 0.999, math.inf])
@pytest.mark.parametrize('traced', [False, True])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_decoding_random_maps_equals_vote_by_vote(threshold, traced, dtype):
    codec = CompositeLocalization((96, 64), 8, voters='peak' if threshold == math.inf else 'likely')
    codec.threshold = threshold
    maps = torch.rand(2, 9, 8, 12, dtype=dtype) * 1.2 - 0.2
    maps[0, 0] += 1  # all cells of a map are likely
    keypoints, scores = codec.peaks(maps, traced)
    for found, one in zip(keypoints, maps.numpy(), strict=True):
        expected = reference_decode(one[:3], one[3:], 8, threshold)
        np.testing.assert_allclose(found, expected, atol=1e-3)
    assert torch.equal(scores, maps[:, :3].amax((-2, -1)))
    assert keypoints.dtype == scores.dtype == dtype


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('stride', STRIDES)
def test_every_keypoint_inside_comes_back_to_a_thousandth_of_a_pixel(size, stride):
    codec = CompositeLocalization(size, stride)
    keypoints = points_inside(size, 200)
    encoded = codec.encode(keypoints)
    decoded, _ = codec.decode(joined(encoded))
    assert encoded['keypoint_weights'].all()
    assert np.abs(decoded - keypoints).max() <= 1e-3


@pytest.mark.parametrize('threshold', [0.1, 0.6, 0.7])
@pytest.mark.parametrize('traced', [False, True])
def test_a_cell_at_the_threshold_votes(threshold, traced):
    maps = torch.zeros(1, 4, 6)
    maps[0, 0, 0] = maps[0, 0, 2] = threshold
    still = torch.zeros_like(maps)
    grid = CompositeLocalization((96, 64), 16).grid
    keypoints, _ = decode_composite(maps, still, still, grid, threshold, traced)
    np.testing.assert_allclose(keypoints, [[23.5, 7.5]], atol=1e-5)


def test_maps_of_zeros_and_with_a_nan_still_give_a_point_and_their_score():
    maps = np.zeros((6, 4, 6), np.float32)
    maps[1] = 1
    maps[1, 1, 2] = np.nan
    keypoints, scores = CompositeLocalization((96, 64), 16).decode(maps)
    np.testing.assert_allclose(keypoints, [[[7.5, 7.5], [39.5, 23.5]]])
    np.testing.assert_array_equal(scores, [[0, np.nan]])


@pytest.mark.parametrize('stride', STRIDES)
def test_decoding_a_flip_equals_flipping_the_decoded(stride):
    codec = CompositeLocalization((96, 64), stride)
    flip_indices = [1, 0, 2, 4, 3]
    rng = np.random.default_rng(2)
    maps = torch.tensor(rng.uniform(0, 1, (2, 15, 64 // stride, 96 // stride)), dtype=torch.float32)
    plain, scores = codec.batch_decode(maps)
    flipped, flipped_scores = codec.batch_decode(codec.layout.flip(maps, flip_indices))
    expected = np.stack(plain)[:, :, flip_indices]
    expected[..., 0] = 96 - 1 - expected[..., 0]
    np.testing.assert_allclose(np.stack(flipped), expected, atol=1e-3)
    np.testing.assert_allclose(np.stack(flipped_scores), np.stack(scores)[:, :, flip_indices])


@pytest.mark.parametrize('order', [torch.contiguous_format, torch.channels_last])
def test_a_batch_in_any_order_of_memory_decodes_like_its_samples(order):
    codec = CompositeLocalization((96, 64), 16)
    maps = torch.rand(4, 6, 4, 6)
    keypoints, scores = codec.batch_decode(maps.to(memory_format=order))
    for index in range(4):
        one, score = codec.decode(maps[index].numpy())
        np.testing.assert_allclose(keypoints[index], one, atol=1e-5)
        np.testing.assert_allclose(scores[index], score)
    assert codec.batch_decode(torch.zeros(0, 6, 4, 6)) == ([], [])


def test_invisible_and_outside_keypoints_have_weight_zero_and_the_inputs_stay():
    keypoints = np.array([[[5, 5], [np.nan, 5], [-0.6, 5], [95.6, 5], [5, 63.4]]], np.float32)
    visible = np.array([[1, 0, 1, 1, 1]], np.float32)
    given = keypoints.copy(), visible.copy()
    codec = CompositeLocalization((96, 64), 16)
    encoded = codec.encode(keypoints, visible)
    assert encoded['keypoint_weights'].tolist() == [[1, 0, 0, 0, 1]]
    assert np.isfinite(joined(encoded)).all()
    np.testing.assert_array_equal(keypoints, given[0])
    np.testing.assert_array_equal(visible, given[1])
    with pytest.raises(ValueError, match=r'keypoints \[1\].*invisible'):
        codec.encode(keypoints)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'input_size': (100, 96)}, 'multiple of the stride'),
        ({'stride': 8.0}, r'an integer above 0.*stride=8\.0'),
        ({'voters': 'some'}, r'codec\.voters'),
        ({'sigma': 0}, r'codec\.sigma'),
        ({'threshold': 1.0}, r'codec\.threshold'),
    ],
)
def test_impossible_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        CompositeLocalization(**{'input_size': (96, 96), **options})


def test_other_persons_and_maps_than_one_of_its_size_are_refused():
    codec = CompositeLocalization((96, 64), 16)
    with pytest.raises(ValueError, match=r'one person.*\(2, 3, 2\)'):
        codec.encode(np.zeros((2, 3, 2)))
    with pytest.raises(ValueError, match=r'head and codec disagree.*\(12, 8\).*takes \(6, 4\)'):
        codec.batch_decode(torch.zeros(1, 3, 8, 12))


@pytest.mark.parametrize('bad', [math.inf, math.nan])
@pytest.mark.parametrize('traced', [False, True])
def test_an_offset_that_is_no_number_counts_only_where_its_cell_votes(bad, traced):
    codec = CompositeLocalization((96, 64), 16)
    maps = torch.from_numpy(joined(codec.encode(np.array([[[30, 20]]], np.float32))))
    maps[1, 3, 5] = bad
    keypoints, _ = decode_composite(*maps[:, None], codec.grid, codec.threshold, traced)
    np.testing.assert_allclose(keypoints, [[30, 20]], atol=1e-4)
    maps[1, 1, 1] = bad
    keypoints, _ = decode_composite(*maps[:, None], codec.grid, codec.threshold, traced)
    assert not np.isfinite(keypoints[0, 1])
