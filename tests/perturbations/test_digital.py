import colorsys
import io

import numpy as np
import pytest

from mmpose_stable.perturbations import digital


@pytest.fixture(scope='module')
def colours() -> np.ndarray:
    """A (40, 50, 3) image: random colours, all greys, black, white, pure hues."""
    rng = np.random.default_rng(0)
    flat = rng.integers(0, 256, (2000, 3), dtype=np.uint8)
    flat[:256] = np.arange(256)[:, None]
    flat[256:264] = [[255 * (i >> bit & 1) for bit in range(3)] for i in range(8)]
    flat[300:500] = rng.integers(0, 4, (200, 3))
    return flat.reshape(40, 50, 3)


def in_hsv(image, change):
    """Truncate what `change` makes of hue, saturation and value, one pixel after the other."""
    result = np.empty_like(image)
    for index in np.ndindex(*image.shape[:2]):
        hsv = colorsys.rgb_to_hsv(*(image[index] / 255))
        rgb = np.array(colorsys.hsv_to_rgb(*change(*hsv)))
        result[index] = np.floor(255 * np.clip(rgb, 0, 1) + 1e-6)
    return result


@pytest.mark.parametrize('shift', [0.1, 0.2, 0.3, 0.4, 0.5])
def test_brightness_adds_to_the_value_of_hsv(colours, shift):
    expected = in_hsv(colours, lambda h, s, v: (h, s, min(v + shift, 1)))
    np.testing.assert_array_equal(digital.brightness(colours, None, shift), expected)


@pytest.mark.parametrize(('factor', 'shift'), [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)])
def test_saturate_scales_and_shifts_the_saturation_of_hsv(colours, factor, shift):
    expected = in_hsv(colours, lambda h, s, v: (h, min(s * factor + shift, 1), v))
    np.testing.assert_array_equal(digital.saturate(colours, None, factor, shift), expected)


@pytest.mark.parametrize('factor', [0.4, 0.3, 0.2, 0.1, 0.05])
def test_contrast_shrinks_the_distance_to_the_mean_of_each_channel(colours, factor):
    x = colours.astype(float)
    mean = x.mean(axis=(0, 1))
    expected = np.floor((x - mean) * factor + mean + 1e-6)
    np.testing.assert_array_equal(digital.contrast(colours, None, factor), expected)


def test_contrast_leaves_a_flat_image_as_it_is():
    image = np.full((9, 11, 3), (3, 100, 250), np.uint8)
    np.testing.assert_array_equal(digital.contrast(image, None, 0.1), image)


@pytest.mark.parametrize('quality', [25, 18, 15, 10, 7])
def test_jpeg_compression_is_that_of_pillow(scene, quality):
    image_module = pytest.importorskip('PIL.Image')
    buffer = io.BytesIO()
    image_module.fromarray(scene).save(buffer, 'JPEG', quality=quality)
    expected = np.asarray(image_module.open(buffer)).astype(int)
    result = digital.jpeg_compression(scene, None, quality)
    assert np.abs(result - expected).max() <= 1


def test_darkness_and_quantisation_change_each_value_alone(colours):
    x = colours.astype(float)
    np.testing.assert_array_equal(digital.darkness(colours, None, 0.3), np.floor(x * 0.3 + 1e-6))
    steps = digital.color_quantization(colours, None, 4)
    np.testing.assert_array_equal(steps, np.array([0, 85, 170, 255])[colours // 64])


def test_a_mask_hides_its_share_and_nothing_else(scene):
    hidden = digital.mask(scene, np.random.default_rng(0), 0.2)
    grey = np.argwhere((hidden == 128).all(-1) & (hidden != scene).any(-1))
    (top, left), (bottom, right) = grey.min(0), grey.max(0)
    inside = hidden[top : bottom + 1, left : right + 1]
    assert (inside == 128).all()
    assert inside.size / scene.size == pytest.approx(0.2, abs=0.01)
    hidden[top : bottom + 1, left : right + 1] = scene[top : bottom + 1, left : right + 1]
    np.testing.assert_array_equal(hidden, scene)
