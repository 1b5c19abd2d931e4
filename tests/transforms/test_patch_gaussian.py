import itertools

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from mmpose_stable.transforms import patch_gaussian as module
from mmpose_stable.transforms.patch_gaussian import patch_gaussian


def transformed(image, count):
    """Return so many pictures that the transform made of one, of seeds 0, 1, 2 and so on."""
    transform = TRANSFORMS.build({'type': 'PatchGaussian', 'sigma': 0.2})
    for seed in range(count):
        np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
        yield transform({'img': image})['img']


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
    first, again = (list(transformed(image, 3)) for _ in range(2))
    assert (image == 128).all()
    assert np.array_equal(first, again)
    assert not np.array_equal(first[1], first[2])


def test_side_and_deviation_are_drawn_up_to_their_limits(monkeypatch):
    drawn = []
    monkeypatch.setattr(module, 'patch_gaussian', lambda *given: drawn.append(given[1:3]))
    list(transformed(np.zeros((8, 200, 3), np.uint8), 300))
    for values, limit in zip(np.array(drawn).T, (200, 0.2), strict=True):
        assert values.max() == pytest.approx(limit, rel=0.05)
        assert values.mean() == pytest.approx(limit / 2, rel=0.1)


def test_a_deviation_of_zero_is_refused():
    with pytest.raises(ValueError, match='PatchGaussian expects sigma'):
        TRANSFORMS.build({'type': 'PatchGaussian', 'sigma': 0})
