"""Patch Gaussian: noise in one square only, its size and deviation, keyed draws, bad settings."""

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from mmpose_stable.transforms.patch_gaussian import patch_gaussian


def grey(size=(60, 80)):
    return np.full((*size, 3), 128, np.uint8)


def changed_box(image, result):
    rows, columns = np.nonzero((image != result).any(-1))
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


@pytest.mark.parametrize('size', [1, 8, 21])
def test_only_one_square_changes(size):
    image = grey()
    for seed in range(20):
        result = patch_gaussian(image, size, 1.0, np.random.default_rng(seed))
        if (result == image).all():
            continue  # a single pixel may draw no change
        top, bottom, left, right = changed_box(image, result)
        assert bottom - top <= size
        assert right - left <= size
        if top > 0 and bottom < 60 and left > 0 and right < 80 and size > 4:
            assert (bottom - top, right - left) == (size, size)


def test_noise_has_the_deviation_it_is_given():
    result = patch_gaussian(grey((200, 200)), 1000, 0.1, np.random.default_rng(0))
    assert (result / 255).std() == pytest.approx(0.1, rel=0.02)
    assert (result / 255).mean() == pytest.approx(128 / 255, abs=0.005)


def test_centres_reach_every_border_and_the_square_is_cut_there():
    boxes = [
        changed_box(grey(), patch_gaussian(grey(), 20, 1.0, np.random.default_rng(seed)))
        for seed in range(200)
    ]
    tops, bottoms, lefts, rights = map(set, zip(*boxes, strict=True))
    assert {0} <= tops
    assert {60} <= bottoms
    assert {0} <= lefts
    assert {80} <= rights


def test_the_input_is_left_alone_and_a_seed_repeats_the_draw():
    transform = TRANSFORMS.build({'type': 'PatchGaussian', 'patch_size': 30, 'sigma': 0.5})
    image = grey()
    results = []
    for seed in (1, 1, 2):
        np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
        results.append(transform({'img': image, 'other': 1}))
    assert (image == 128).all()
    assert results[0]['other'] == 1
    assert np.array_equal(results[0]['img'], results[1]['img'])
    assert not np.array_equal(results[0]['img'], results[2]['img'])


def test_sizes_are_drawn_up_to_the_largest_or_fixed():
    def sides(sample_up_to):
        transform = TRANSFORMS.build(
            {'type': 'PatchGaussian', 'patch_size': 9, 'sample_up_to': sample_up_to}
        )
        np.random.seed(0)  # noqa: NPY002
        found = set()
        for _ in range(60):
            result = transform({'img': grey()})['img']
            if (result != 128).any():
                top, bottom, left, right = changed_box(grey(), result)
                if top > 0 and bottom < 60 and left > 0 and right < 80:
                    found.add(max(bottom - top, right - left))
        return found

    assert sides(False) == {9}
    assert len(sides(True)) > 4
    assert max(sides(True)) <= 9


def test_without_a_side_the_square_is_as_large_as_the_picture():
    transform = TRANSFORMS.build({'type': 'PatchGaussian', 'sample_up_to': False})
    for seed in range(5):
        np.random.seed(seed)  # noqa: NPY002
        noisy = transform({'img': grey((8, 200))})['img']
        assert (noisy != 128).any((0, 2)).sum() >= 100  # half of it, wherever it is centred


def test_deviations_are_drawn_up_to_the_largest():
    transform = TRANSFORMS.build({'type': 'PatchGaussian', 'patch_size': 1000, 'sigma': 0.2})
    found = []
    for _ in range(80):
        result = transform({'img': grey()})['img']
        if (result != 128).any():  # a small deviation may change nothing
            top, bottom, left, right = changed_box(grey(), result)
            patch = result[top:bottom, left:right]
            found += [(patch / 255).std()] if patch.size > 3000 else []
    assert len(found) > 20
    assert min(found) < 0.04
    assert 0.16 < max(found) < 0.21


@pytest.mark.parametrize('settings', [{'patch_size': 0}, {'sigma': 0}])
def test_bad_settings_are_refused(settings):
    with pytest.raises(ValueError, match='patch_size'):
        TRANSFORMS.build({'type': 'PatchGaussian', **settings})


def test_noise_that_is_all_but_nothing_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    result = patch_gaussian(image, 80, 1e-6, np.random.default_rng(1))
    np.testing.assert_array_equal(result, image)


def test_the_transform_has_the_deviation_of_the_config():
    transform = TRANSFORMS.build(
        {'type': 'PatchGaussian', 'patch_size': 1000, 'sigma': 0.1, 'sample_up_to': False}
    )
    noisy = transform({'img': grey((200, 200))})['img']
    assert (noisy / 255).std() == pytest.approx(0.1, rel=0.05)
