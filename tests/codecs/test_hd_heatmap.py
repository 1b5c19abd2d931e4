import numpy as np
import pytest
import torch

from mmpose_stable.codecs.hd_heatmap import HDHeatmap


def naive_heatmap(keypoint, codec):
    """Section 3.2.1 pixel by pixel, with distances in input pixels between cell centres."""
    width, height = codec.heatmap_size
    sx, sy = codec.input_size[0] / width, codec.input_size[1] / height
    column = np.abs((np.arange(width) + 0.5) * sx - 0.5 - keypoint[0]).argmin()
    row = np.abs((np.arange(height) + 0.5) * sy - 0.5 - keypoint[1]).argmin()
    expected = np.zeros((height, width))
    for j, i in np.ndindex(height, width):
        dx, dy = abs(i - column), abs(j - row)
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


@pytest.mark.parametrize(
    'maps',
    # Peaks anywhere, at borders too; regressed maps have negative values, which count as 0.
    [lambda: torch.rand(40, 12, 16) ** 8, lambda: torch.randn(40, 12, 16)],
    ids=['probabilities', 'regressed'],
)
def test_decoding_takes_the_maximum_or_the_weighted_mean_of_the_window_around_it(maps):
    maps = maps()
    settings = {'input_size': (32, 36), 'heatmap_size': (16, 12), 'threshold': 2}
    codec = HDHeatmap(**settings)
    assert codec.reach == (2, 1)
    peaks, _ = HDHeatmap(**settings, refine='none').peaks(maps)
    for values, peak, keypoint, score in zip(maps.numpy(), peaks, *codec.peaks(maps), strict=True):
        y, x = np.unravel_index(values.argmax(), values.shape)
        assert peak.tolist() == [2 * x + 0.5, 3 * y + 1]
        values = values.astype(float).clip(0)
        near = values[max(y - 1, 0) : y + 2, max(x - 2, 0) : x + 3]
        assert score.item() == pytest.approx(near.sum() / values.sum(), rel=1e-4)
        rx, ry = min(2, x, 15 - x), min(1, y, 11 - y)
        window = values[y - ry : y + ry + 1, x - rx : x + rx + 1]
        rows, columns = np.mgrid[-ry : ry + 1, -rx : rx + 1]
        mean = np.array([(window * columns).sum(), (window * rows).sum()]) / window.sum()
        np.testing.assert_allclose((keypoint - peak) / torch.tensor((2, 3)), mean, atol=1e-5)


def test_score_is_low_for_two_peaks_and_zero_for_an_empty_map():
    codec = HDHeatmap((48, 48), (48, 48))
    both = codec.encode(np.array([[[10.0, 10.0], [30.0, 35.0]]]))['heatmaps'].sum(0)
    _, scores = codec.decode(np.stack([both, np.zeros_like(both), -np.ones_like(both)]))
    np.testing.assert_allclose(scores[0], [0.5, 0, 0], atol=1e-5)
