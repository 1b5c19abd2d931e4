"""The random transforms of training: views by AugMix, patches of Gaussian noise, shear."""

import itertools

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS
from PIL import Image

from mmpose_stable.transforms import augmix, patch_gaussian

SIZE = (60, 90)  # rows, columns
PICTURE = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
POINTS = np.array([[3.0, 2.0], [80.0, 5.0], [44.0, 30.0], [6.0, 57.0], [86.0, 56.0]], np.float32)


def transformed(seed, sample=None, **settings):
    """Return what a transform makes of a sample, or of the picture alone."""
    np.random.seed(seed)  # noqa: NPY002 - the state that MMEngine seeds in its workers
    return TRANSFORMS.build(settings)(sample or {'img': PICTURE})


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'type': 'AugMixViews', 'num_views': 0}, 'AugMixViews expects'),
        ({'type': 'PatchGaussian', 'sigma': 0}, 'PatchGaussian expects sigma'),
        ({'type': 'RandomShear', 'max_angle': 0}, 'RandomShear expects .*max_angle='),
        ({'type': 'RandomShear', 'max_angle': 60}, 'RandomShear expects .*max_angle='),
        ({'type': 'RandomShear', 'prob': 1.5}, 'RandomShear expects .*prob='),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(settings)


@pytest.mark.parametrize(('level', 'kept', 'inverted_from'), [(0, 0xF0, 256), (10, 0x80, 0)])
def test_augmix_levels_are_those_of_the_paper(level, kept, inverted_from):
    picture = Image.fromarray(PICTURE)
    *_, posterised, solarised = (
        np.asarray(change(picture, level)) for change in augmix.PHOTOMETRIC
    )
    assert np.array_equal(posterised, PICTURE & kept)
    assert np.array_equal(solarised, PICTURE if inverted_from else 255 - PICTURE)


def test_augmix_chains_are_made_and_weighted_as_in_the_paper(monkeypatch):
    def darker(image, level):
        return (np.asarray(image) * (1 - level / 10)).astype(np.uint8)

    def striped(image, level):
        return np.where(np.arange(90)[:, None] % 3, image, 255 - np.asarray(image))

    operations = (darker, striped)
    monkeypatch.setattr(augmix, 'PHOTOMETRIC', operations)
    for seed in range(60):
        result = augmix.augmix(PICTURE, np.random.default_rng(seed))
        # Algorithm 1 of the paper, with the same draws.
        rng = np.random.default_rng(seed)
        weights, share = rng.dirichlet([1] * 3), rng.beta(1, 1)
        mixed = np.zeros(PICTURE.shape)
        for weight in weights:
            chain = PICTURE
            for _ in range(rng.integers(1, 3 + 1)):
                operation = operations[rng.integers(2)]
                chain = operation(chain, rng.uniform(0.1, 3))
            mixed += weight * chain
        assert np.abs(result - (1 - share) * PICTURE - share * mixed).max() <= 0.51


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
    image = PICTURE[:20, :30]
    for seed in range(20):
        found = patch_gaussian.patch_gaussian(image, size, sigma, np.random.default_rng(seed))
        expected = naive_patch(image, size, sigma, np.random.default_rng(seed))
        np.testing.assert_array_equal(found, expected)


def test_side_and_deviation_of_a_patch_are_drawn_up_to_their_limits(monkeypatch):
    drawn = []
    monkeypatch.setattr(patch_gaussian, 'patch_gaussian', lambda *given: drawn.append(given[1:3]))
    for seed in range(300):
        sample = {'img': np.zeros((8, 200, 3), np.uint8)}
        transformed(seed, sample, type='PatchGaussian', sigma=0.2)
    for values, limit in zip(np.array(drawn).T, (200, 0.2), strict=True):
        assert values.max() == pytest.approx(limit, rel=0.05)
        assert values.mean() == pytest.approx(limit / 2, rel=0.1)


def sheared(seed, **options):
    person = {
        'img': PICTURE,
        'img_shape': SIZE,
        'keypoints': POINTS[None].copy(),
        'keypoints_visible': np.ones((1, 5), np.float32),
        'bbox_center': np.array([[45.0, 30.0]], np.float32),
        'bbox_scale': np.array([[90.0, 60.0]], np.float32),
    }
    return transformed(seed, person, type='RandomShear', **options)


def test_rows_keypoints_and_boxes_move_by_up_to_the_angle_and_nothing_is_cut_off():
    slopes = []
    for seed in range(100):
        results = sheared(seed, max_angle=20, prob=1)
        x, y = (results['keypoints'][0] - POINTS).T
        slope, offset = np.polyfit(POINTS[:, 1], x, 1)
        np.testing.assert_allclose(x, slope * POINTS[:, 1] + offset, atol=1e-3)
        np.testing.assert_allclose(y, 0, atol=1e-5)
        centre = results['bbox_center'][0] - [45, 30]
        np.testing.assert_allclose(centre, [slope * 30 + offset, 0], atol=1e-3)
        height, width = results['img'].shape[:2]
        assert results['img_shape'] == (height, width)
        assert height == SIZE[0]
        shifts = slope * np.arange(height) + offset
        assert shifts.min() > -1e-3
        assert shifts.max() <= width - SIZE[1] + 1e-3
        for before, after, shift in zip(
            PICTURE[..., 0], results['img'][..., 0], shifts, strict=True
        ):
            columns = np.arange(-1, SIZE[1] + 1)  # black beside the picture
            expected = np.interp(np.arange(width) - shift, columns, [0, *before, 0])
            assert np.abs(after - expected).max() < 6  # OpenCV rounds places to a 32nd
        slopes.append(slope)
    limit = np.tan(np.deg2rad(20))
    assert -limit <= min(slopes) < -0.9 * limit
    assert 0.9 * limit < max(slopes) <= limit


def test_a_share_of_pictures_is_sheared_also_those_without_labels():
    changed = [sheared(seed, prob=0.3)['img'].shape[1] != SIZE[1] for seed in range(300)]
    assert 0.2 < np.mean(changed) < 0.4
    assert not any(sheared(seed, prob=0)['img'].shape[1] != SIZE[1] for seed in range(20))
    assert set(transformed(3, type='RandomShear', prob=1)) == {'img', 'img_shape'}


@pytest.mark.parametrize('before', ['bbox', 'transformed_keypoints'])
def test_a_place_in_the_pipeline_where_labels_would_stay_behind_is_refused(before):
    results = {'img': PICTURE, before: np.zeros((1, 4), np.float32)}
    with pytest.raises(ValueError, match='between GetBBoxCenterScale and TopdownAffine'):
        TRANSFORMS.build({'type': 'RandomShear', 'prob': 1.0})(results)
