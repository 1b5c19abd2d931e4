import colorsys
import io

import numpy as np
import pytest
from PIL import Image

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


def naive_brightness(image, shift):
    return in_hsv(image, lambda h, s, v: (h, s, min(v + shift, 1)))


def naive_saturate(image, factor, shift):
    return in_hsv(image, lambda h, s, v: (h, min(s * factor + shift, 1), v))


def naive_contrast(image, factor):
    mean = image.astype(float).mean(axis=(0, 1))
    return np.floor((image - mean) * factor + mean + 1e-6)


def naive_darkness(image, factor):
    return np.floor(image.astype(float) * factor + 1e-6)


def naive_quantization(image, levels):
    return np.rint(np.linspace(0, 255, levels)).astype(int)[image // (256 // levels)]


@pytest.mark.parametrize(
    ('name', 'naive', 'severities'),
    [
        ('brightness', naive_brightness, [(0.1,), (0.2,), (0.3,), (0.4,), (0.5,)]),
        ('saturate', naive_saturate, [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)]),
        ('contrast', naive_contrast, [(0.4,), (0.3,), (0.2,), (0.1,), (0.05,)]),
        ('darkness', naive_darkness, [(0.3,)]),
        ('color_quantization', naive_quantization, [(4,), (2,)]),
    ],
)
def test_light_and_colour_are_those_of_the_definition(colours, name, naive, severities):
    flat = np.full((9, 11, 3), (3, 100, 250), np.uint8)
    for parameters in severities:
        for image in (colours, flat):
            found = getattr(digital, name)(image, None, *parameters)
            np.testing.assert_array_equal(found, naive(image, *parameters))


@pytest.mark.parametrize('quality', [25, 18, 15, 10, 7])
def test_jpeg_compression_is_that_of_pillow(scene, quality):
    buffer = io.BytesIO()
    Image.fromarray(scene).save(buffer, 'JPEG', quality=quality)
    expected = np.asarray(Image.open(buffer)).astype(int)
    result = digital.jpeg_compression(scene, None, quality)
    assert np.abs(result - expected).max() <= 1


def test_a_mask_hides_its_share_and_nothing_else(scene):
    hidden = digital.mask(scene, np.random.default_rng(0), 0.2)
    grey = np.argwhere((hidden == 128).all(-1) & (hidden != scene).any(-1))
    (top, left), (bottom, right) = grey.min(0), grey.max(0)
    inside = hidden[top : bottom + 1, left : right + 1]
    assert (inside == 128).all()
    assert inside.size / scene.size == pytest.approx(0.2, abs=0.01)
    hidden[top : bottom + 1, left : right + 1] = scene[top : bottom + 1, left : right + 1]
    np.testing.assert_array_equal(hidden, scene)
