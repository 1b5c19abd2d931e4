"""Highly differentiated heatmaps: the definition pixel by pixel, and decoding in loops."""

import numpy as np
import pytest
import torch

from mmpose_stable.codecs.hd_heatmap import HDHeatmap


def naive_heatmap(keypoint, codec):
    """Section 3.2.1 pixel by pixel, with distances in input pixels between cell centres."""
    width, height = codec.heatmap_size
    sx, sy = codec.input_size[0] / width, codec.input_size[1] / height
    best = min(
        ((i, j) for i in range(width) for j in range(height)),
        key=lambda c: (
            abs((c[0] + 0.5) * sx - 0.5 - keypoint[0]),
            abs((c[1] + 0.5) * sy - 0.5 - keypoint[1]),
        ),
    )
    expected = np.zeros((height, width))
    for j in range(height):
        for i in range(width):
            dx, dy = abs(i - best[0]), abs(j - best[1])
            if codec.unit == 'input':
                dx, dy = dx * sx, dy * sy
            if max(dx, dy) <= codec.threshold:
                expected[j, i] = codec.alpha ** max(dx, dy)
    return expected


@pytest.mark.parametrize('unit', ['input', 'heatmap'])
@pytest.mark.parametrize('size', [((64, 48), (64, 48)), ((96, 64), (24, 32)), ((90, 60), (20, 15))])
@pytest.mark.parametrize('options', [{}, {'alpha': 0.8, 'threshold': 5.3}, {'threshold': 0}])
def test_encoding_equals_the_definition_pixel_by_pixel(unit, size, options):
    codec = HDHeatmap(*size, unit=unit, **options)
    rng = np.random.default_rng(0)
    keypoints = rng.uniform(0, 1, (1, 3, 2)) * (np.array(size[0]) - 1)
    keypoints[0, 0] = 0, 0
    keypoints[0, 1] = size[0][0] - 1, size[0][1] - 1
    encoded = codec.encode(keypoints)
    for k in range(3):
        expected = naive_heatmap(keypoints[0, k], codec)
        np.testing.assert_allclose(encoded['heatmaps'][k], expected, atol=1e-6)
    assert encoded['keypoint_weights'].tolist() == [[1] * 3]


def test_batched_decoding_equals_a_loop_over_pixels():
    codec = HDHeatmap((64, 48), (32, 24), refine='none')
    maps = torch.rand(3, 4, 24, 32) - 0.5
    keypoints, scores = codec.batch_decode(maps)
    for b in range(3):
        for k in range(4):
            values = [(maps[b, k, j, i].item(), -j, -i) for j in range(24) for i in range(32)]
            _, j, i = max(values)
            assert keypoints[b][0, k].tolist() == [-i * 2 + 0.5, -j * 2 + 0.5]
            near = [
                max(v, 0)
                for v, row, column in values
                if abs(row - j) <= codec.reach[1] and abs(column - i) <= codec.reach[0]
            ]
            expected = sum(near) / sum(max(v[0], 0) for v in values)
            assert scores[b][0, k] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    'maps',
    # Peaks anywhere, at borders too; regressed maps have negative values, which count as 0.
    [lambda: torch.rand(40, 12, 16) ** 8, lambda: torch.randn(40, 12, 16)],
    ids=['probabilities', 'regressed'],
)
def test_centroid_refinement_is_the_weighted_mean_of_the_window(maps):
    maps = maps()
    codec = HDHeatmap((16, 12), (16, 12), threshold=1)
    assert codec.reach == (2, 2)
    keypoints, _ = codec.peaks(maps)
    for values, keypoint in zip(maps.numpy(), keypoints.numpy(), strict=True):
        y, x = np.unravel_index(values.argmax(), values.shape)
        rx, ry = min(2, x, 15 - x), min(2, y, 11 - y)
        window = values[y - ry : y + ry + 1, x - rx : x + rx + 1].astype(float).clip(0)
        rows, columns = np.mgrid[-ry : ry + 1, -rx : rx + 1]
        mean = (window * columns).sum() / window.sum(), (window * rows).sum() / window.sum()
        np.testing.assert_allclose(keypoint, [x + mean[0], y + mean[1]], atol=1e-5)


def test_score_is_low_for_two_peaks_and_zero_for_an_empty_map():
    codec = HDHeatmap((48, 48), (48, 48))
    both = codec.encode(np.array([[[10.0, 10.0], [30.0, 35.0]]]))['heatmaps'].sum(0)
    _, scores = codec.decode(np.stack([both, np.zeros_like(both), -np.ones_like(both)]))
    np.testing.assert_allclose(scores[0], [0.5, 0, 0], atol=1e-5)
