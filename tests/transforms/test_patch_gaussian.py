"""Patch Gaussian: noise in one square only, its size and deviation, keyed draws, bad settings."""

import itertools

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from mmpose_stable.transforms import patch_gaussian as module
from mmpose_stable.transforms.patch_gaussian import patch_gaussian


def transformed(image, count=3, **settings):
    """Return so many pictures that the transform made of one, of seeds 0, 1, 2 and so on."""
    transform = TRANSFORMS.build({'type': 'PatchGaussian', **settings})
    for seed in range(count):
        np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
        results = transform({'img': image, 'other': 1})
        assert results['other'] == 1
        yield results['img']


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


def test_a_seed_repeats_the_draw_and_the_input_is_left_alone():
    image = np.full((60, 80, 3), 128, np.uint8)
    first, again = (list(transformed(image, patch_size=30, sigma=0.5)) for _ in range(2))
    assert (image == 128).all()
    assert np.array_equal(first, again)
    assert not np.array_equal(first[1], first[2])


@pytest.mark.parametrize('sample_up_to', [False, True])
def test_side_and_deviation_are_those_of_the_config_or_drawn_up_to_them(monkeypatch, sample_up_to):
    drawn = []
    monkeypatch.setattr(module, 'patch_gaussian', lambda *given: drawn.append(given[1:3]))
    for size, expected in ((9, 9), (None, 200)):  # without a side, the picture's longer one
        drawn.clear()
        settings = {'patch_size': size, 'sigma': 0.2, 'sample_up_to': sample_up_to}
        list(transformed(np.zeros((8, 200, 3), np.uint8), 300, **settings))
        sides, deviations = np.array(drawn).T
        assert sides.max() == pytest.approx(expected, rel=0.05)
        assert deviations.max() == pytest.approx(0.2, rel=0.05)
        assert (sides.std() > 0) == (deviations.std() > 1e-6) == sample_up_to


@pytest.mark.parametrize('settings', [{'patch_size': 0}, {'sigma': 0}])
def test_bad_settings_are_refused(settings):
    with pytest.raises(ValueError, match='patch_size'):
        TRANSFORMS.build({'type': 'PatchGaussian', **settings})
