"""Patch Gaussian: noise in one square only, its size and deviation, keyed draws, bad settings."""

import itertools

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from mmpose_stable.transforms.patch_gaussian import patch_gaussian


def grey(size=(60, 80)):
    return np.full((*size, 3), 128, np.uint8)


def transformed(count, size=(60, 80), **settings):
    """Return so many pictures that the transform made of grey ones, with the box that changed."""
    transform = TRANSFORMS.build({'type': 'PatchGaussian', **settings})
    for seed in range(count):
        np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
        picture = transform({'img': grey(size)})['img']
        rows, columns = np.nonzero((picture != 128).any(-1))
        if rows.size:  # a small deviation may change nothing
            yield picture, (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)


def naive_patch(image, size, sigma, rng):
    """The definition, one pixel after the other."""
    height, width = image.shape[:2]
    x, y = rng.integers(width), rng.integers(height)
    columns = [c for c in range(x - size // 2, x - size // 2 + size) if 0 <= c < width]
    rows = [r for r in range(y - size // 2, y - size // 2 + size) if 0 <= r < height]
    noise = rng.normal(0, sigma, (len(rows), len(columns), 3))
    result = image.copy()
    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        result[row, column] = np.rint(255 * np.clip(image[row, column] / 255 + noise[i, j], 0, 1))
    return result


@pytest.mark.parametrize('size', [1, 8, 21, 1000])
@pytest.mark.parametrize('sigma', [1e-6, 0.1, 1.0])
def test_noise_of_the_deviation_is_added_in_one_square_that_is_cut_at_the_border(size, sigma):
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    for seed in range(20):
        found = patch_gaussian(image, size, sigma, np.random.default_rng(seed))
        expected = naive_patch(image, size, sigma, np.random.default_rng(seed))
        np.testing.assert_array_equal(found, expected)


def test_the_transform_has_the_side_and_the_deviation_of_the_config():
    settings = {'patch_size': 9, 'sigma': 0.1, 'sample_up_to': False}
    for picture, (top, bottom, left, right) in transformed(20, (100, 100), **settings):
        assert max(bottom - top, right - left) <= 9
        patch = picture[top:bottom, left:right] / 255
        assert patch.size < 243 or patch.std() == pytest.approx(0.1, rel=0.2)


def test_the_input_is_left_alone_and_a_seed_repeats_the_draw():
    transform = TRANSFORMS.build({'type': 'PatchGaussian', 'patch_size': 30, 'sigma': 0.5})
    image = grey()
    results = []
    for seed in (1, 1, 2):
        np.random.seed(seed)  # noqa: NPY002
        results.append(transform({'img': image, 'other': 1}))
    assert (image == 128).all()
    assert results[0]['other'] == 1
    assert np.array_equal(results[0]['img'], results[1]['img'])
    assert not np.array_equal(results[0]['img'], results[2]['img'])


def test_sides_and_deviations_are_drawn_up_to_the_largest():
    boxes = np.array([box for _, box in transformed(60, patch_size=9)])
    sides = np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2])
    assert len(set(sides)) > 4
    assert max(sides) <= 9
    found = []
    for picture, (top, bottom, left, right) in transformed(80, patch_size=1000, sigma=0.2):
        patch = picture[top:bottom, left:right]
        found += [(patch / 255).std()] if patch.size > 3000 else []
    assert len(found) > 20
    assert min(found) < 0.04
    assert 0.16 < max(found) < 0.21


def test_without_a_side_the_square_is_as_large_as_the_picture():
    for noisy, _ in transformed(5, (8, 200), sample_up_to=False):
        assert (noisy != 128).any((0, 2)).sum() >= 100  # half of it, wherever it is centred


@pytest.mark.parametrize('settings', [{'patch_size': 0}, {'sigma': 0}])
def test_bad_settings_are_refused(settings):
    with pytest.raises(ValueError, match='patch_size'):
        TRANSFORMS.build({'type': 'PatchGaussian', **settings})
