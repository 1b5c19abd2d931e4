import itertools

import cv2
import numpy as np
import pytest
from scipy import ndimage

from mmpose_stable.perturbations import weather
from mmpose_stable.perturbations.table import PERTURBATIONS


def apply(kind, severity, image, seed):
    """Return the perturbed image and the parameters."""
    perturbation = PERTURBATIONS[kind]
    parameters = perturbation.parameters[severity - 1]
    return perturbation.apply(image, np.random.default_rng(seed), *parameters), parameters


def assert_nearly_truncated(result, exact):
    difference = np.abs(result.astype(int) - np.floor(np.clip(exact, 0, 255)))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 5e-3


@pytest.fixture
def map_folder(tmp_path):
    """One picture whose red is the row, green the column, blue 200, of every pixel."""
    picture = np.full((60, 90, 3), 200, np.uint8)
    picture[..., 0] = np.arange(60)[:, None]
    picture[..., 1] = np.arange(90)
    cv2.imwrite(str(tmp_path / 'map.png'), picture[..., ::-1])
    return tmp_path


def test_frost_adds_a_crop_drawn_anywhere_in_the_picture(map_folder):
    black = np.zeros((40, 50, 3), np.uint8)
    tops, lefts = set(), set()
    for seed in range(400):
        result = weather.frost(black, np.random.default_rng(seed), 1, 1, map_folder)
        top, left = int(result[0, 0, 0]), int(result[0, 0, 1])
        assert (result[..., 0] == top + np.arange(40)[:, None]).all()
        assert (result[..., 1] == left + np.arange(50)).all()
        assert (result[..., 2] == 200).all()
        tops.add(top)
        lefts.add(left)
    assert tops == set(range(21))
    assert lefts == set(range(41))


@pytest.mark.parametrize('severity', [1, 2, 3, 4, 5])
def test_frost_weighs_image_and_ice_and_truncates(severity, map_folder):
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    a, b = PERTURBATIONS['frost'].parameters[severity - 1]
    ice = weather.frost(np.zeros_like(image), np.random.default_rng(3), 1, 1, map_folder)
    result = weather.frost(image, np.random.default_rng(3), a, b, map_folder)
    exact = np.rint(1000 * a) * image.astype(int) + np.rint(1000 * b) * ice.astype(int)
    np.testing.assert_array_equal(result, np.minimum(exact // 1000, 255))


def test_frost_takes_every_picture_of_its_folder(tmp_path):
    for value in (0, 100):
        cv2.imwrite(str(tmp_path / f'{value}.png'), np.full((20, 20, 3), value, np.uint8))
    black = np.zeros((8, 8, 3), np.uint8)
    drawn = [
        weather.frost(black, np.random.default_rng(s), 1, 1, tmp_path).max() for s in range(40)
    ]
    assert set(drawn) == {0, 100}
    assert 5 < drawn.count(0) < 35


@pytest.mark.parametrize('shape', [(61, 50), (40, 91), (200, 300), (8, 500)])
def test_frost_enlarges_a_picture_that_does_not_cover_the_image(map_folder, shape):
    black = np.zeros((*shape, 3), np.uint8)
    result = weather.frost(black, np.random.default_rng(0), 1, 1, map_folder)
    assert result.shape == black.shape
    assert (result[..., 2] == 200).all()
    assert (np.diff(result[..., 0].astype(int), axis=0) >= 0).all()


@pytest.mark.parametrize('shape', [(47, 60), (8, 9)])
@pytest.mark.parametrize('severity', [1, 2, 3, 4, 5])
def test_snow_whitens_and_adds_flakes_and_their_half_turn(severity, shape, naive_motion):
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    result, parameters = apply('snow', severity, image, seed=5)
    mean, std, zoom, threshold, radius, sigma, mix = parameters
    rng = np.random.default_rng(5)
    crop = [int(np.ceil(n / zoom)) for n in shape]
    noise = mean + std * rng.standard_normal(crop, np.float32)
    layer = ndimage.zoom(noise.astype(float), zoom, order=1)
    top, left = ((n - m) // 2 for n, m in zip(layer.shape, shape, strict=True))
    layer = np.clip(layer[top : top + shape[0], left : left + shape[1]], 0, 1)
    layer[layer < threshold] = 0
    layer = naive_motion(layer, radius, sigma, rng.uniform(-135, -45))
    x = image / 255
    grey = (x @ [0.299, 0.587, 0.114])[..., None]
    exact = mix * x + (1 - mix) * np.maximum(x, 1.5 * grey + 0.5)
    exact += (layer + np.rot90(layer, 2))[..., None]
    assert_nearly_truncated(result, 255 * exact)


def naive_liquid(shape, seed, mean, std, sigma, threshold):
    noise = mean + std * np.random.default_rng(seed).standard_normal(shape, np.float32)
    liquid = ndimage.gaussian_filter(noise.astype(float), sigma, mode='nearest', truncate=4)
    liquid[liquid < threshold] = 0
    return liquid


def equalised(levels):
    """Histogram equalisation: the cumulative share above the darkest level, times 255."""
    count = np.bincount(levels.ravel(), minlength=256)
    darkest = np.flatnonzero(count)[0]
    if count[darkest] == levels.size:
        return levels
    above = np.cumsum(count) - count[darkest]
    return np.rint(255 * above / (levels.size - count[darkest])).astype(np.uint8)[levels]


@pytest.mark.parametrize('severity', [1, 2, 3])
def test_water_adds_turquoise_light_where_drops_are(severity, scene):
    result, (*noise, strength, _) = apply('spatter', severity, scene, seed=4)
    level = (naive_liquid(scene.shape[:2], 4, *noise) * 255).astype(np.uint8)
    distance = cv2.distanceTransform(255 - cv2.Canny(level, 50, 150), cv2.DIST_L2, 5)
    box = np.full((3, 3), 1 / 9)
    distance = ndimage.correlate(np.minimum(distance, 20).astype(float), box, mode='mirror')
    distance = equalised((distance + 1e-5).astype(np.uint8)).astype(float)
    relief = [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    distance = np.clip(ndimage.correlate(distance, relief, mode='mirror'), 0, 255)
    distance = np.rint(ndimage.correlate(distance, box, mode='mirror'))
    mask = level * distance
    mask *= strength / mask.max()
    assert (mask > 0).any()
    assert_nearly_truncated(result, scene + mask[..., None] * (175, 238, 238))


@pytest.mark.parametrize('severity', [4, 5])
def test_mud_covers_the_image_in_brown(severity, scene):
    result, (*noise, blur, _) = apply('spatter', severity, scene, seed=4)
    wet = (naive_liquid(scene.shape[:2], 4, *noise) > noise[-1]).astype(float)
    mask = ndimage.gaussian_filter(wet, blur, mode='nearest', truncate=4)[..., None]
    mask[mask < 0.8] = 0
    assert (mask > 0).any()
    assert_nearly_truncated(result, scene * (1 - mask) + mask * (63, 42, 20))


def test_an_image_without_a_drop_stays_as_it_is(scene):
    dry = weather.spatter(scene, np.random.default_rng(0), 0.65, 0, 4, 0.69, 0.6, False)
    np.testing.assert_array_equal(dry, scene)


def naive_plasma(rng, size, decay):
    """Diamond-square, one point after the other, on a torus."""
    heights, step, wibble = np.zeros((size, size)), size, 100.0
    while step > 1:
        half, places = step // 2, range(0, size, step)
        draws = 2 * rng.random((3, len(places), len(places)), np.float32) - 1
        for which, (down, right) in enumerate(((half, half), (0, half), (half, 0))):
            reach = [(y, x) for y in (-half, half) for x in (-half, half)]
            if which:
                reach = [(-half, 0), (half, 0), (0, -half), (0, half)]
            for i, j in itertools.product(range(len(places)), repeat=2):
                y, x = places[i] + down, places[j] + right
                near = [heights[(y + dy) % size, (x + dx) % size] for dy, dx in reach]
                heights[y, x] = sum(near) / 4 + wibble**2 * draws[which, i, j]
        step, wibble = half, wibble / decay
    heights -= heights.min()
    return heights / heights.max()


def test_fog_adds_clouds_of_diamond_square_and_keeps_the_brightest_value():
    found = weather.plasma_fractal(np.random.default_rng(3), 16, 1.7)
    expected = naive_plasma(np.random.default_rng(3), 16, 1.7)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    image = np.full((9, 16, 3), (40, 90, 204), np.uint8)
    found = weather.fog(image, np.random.default_rng(3), 2.0, 1.7)
    expected = 255 * (image / 255 + 2 * expected[:9, :, None]) * 0.8 / 2.8
    assert np.abs(found - np.floor(expected)).max() <= 1
    assert found.max() <= 204
    np.testing.assert_array_equal(weather.fog(0 * image, np.random.default_rng(3), 2, 2), 0)
