"""Patch Gaussian: noise in one square only, its size and deviation, keyed draws, bad settings."""

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


@pytest.mark.parametrize('size', [1, 8, 21])
def test_only_one_square_changes_anywhere_and_is_cut_at_the_border(size):
    boxes = [box for _, box in transformed(200, patch_size=size, sample_up_to=False)]
    for top, bottom, left, right in boxes:
        assert bottom - top <= size
        assert right - left <= size
        if top > 0 and bottom < 60 and left > 0 and right < 80 and size > 4:
            assert (bottom - top, right - left) == (size, size)
    tops, bottoms, lefts, rights = zip(*boxes, strict=True)
    assert size == 1 or (min(tops), max(bottoms), min(lefts), max(rights)) == (0, 60, 0, 80)


@pytest.mark.parametrize('sigma', [0.1, 0.05])
def test_noise_has_the_deviation_it_is_given(sigma):
    settings = {'patch_size': 1000, 'sigma': sigma, 'sample_up_to': False}
    ((picture, _),) = transformed(1, (200, 200), **settings)
    for result in (
        picture,
        patch_gaussian(grey((200, 200)), 1000, sigma, np.random.default_rng(0)),
    ):
        assert (result / 255).std() == pytest.approx(sigma, rel=0.05)
        assert (result / 255).mean() == pytest.approx(128 / 255, abs=0.005)


def test_noise_that_is_all_but_nothing_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    result = patch_gaussian(image, 80, 1e-6, np.random.default_rng(1))
    np.testing.assert_array_equal(result, image)


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
