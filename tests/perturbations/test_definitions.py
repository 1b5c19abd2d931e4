"""Every kind that is not noise against its definition, written out naively."""

import colorsys
import io
import itertools

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from mmpose_stable.perturbations import SEVERITIES, blur, digital, weather
from mmpose_stable.perturbations.table import PERTURBATIONS


def gaussian(image, sigma):
    axes = (sigma, sigma, 0)[: image.ndim]
    return ndimage.gaussian_filter(image.astype(float), axes, mode='nearest', truncate=4)


def naive_gaussian_blur(image, rng, sigma):
    return gaussian(image, sigma)


def naive_defocus_blur(image, rng, radius, sigma):
    reach, rim = (8, 1) if radius <= 8 else (radius, 2)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = (rows**2 + columns**2 <= radius**2).astype(float)
    bell = np.exp(-(np.arange(-rim, rim + 1) ** 2) / (2 * sigma**2))
    smoothing = np.outer(bell, bell) / bell.sum() ** 2
    kernel = ndimage.correlate(disk / disk.sum(), smoothing, mode='mirror')
    return ndimage.correlate(image.astype(float), kernel[..., None], mode='mirror')


def naive_zoom_blur(image, rng, stop, step):
    height, width = image.shape[:2]
    factors = np.arange(1, stop, step)
    total = image.astype(float)
    for factor in factors:
        rows, columns = int(np.ceil(height / factor)), int(np.ceil(width / factor))
        top, left = (height - rows) // 2, (width - columns) // 2
        crop = image[top : top + rows, left : left + columns].astype(float)
        total += ndimage.zoom(crop, (factor, factor, 1), order=1)[:height, :width]
    return total / (len(factors) + 1)


def naive_motion(image, radius, sigma, angle):
    """Add the pixels nearest to the points of a line, one by one."""
    height, width = image.shape[:2]
    rows, columns = np.indices((height, width))
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    total = np.zeros(image.shape)
    for i, weight in zip(steps, weights / weights.sum(), strict=True):
        down = int(np.ceil(i * np.sin(np.deg2rad(angle)) - 0.5))
        right = int(np.ceil(i * np.cos(np.deg2rad(angle)) - 0.5))
        source = np.clip(rows + down, 0, height - 1), np.clip(columns + right, 0, width - 1)
        total += weight * image[source]
    return total


def naive_motion_blur(image, rng, radius, sigma):
    return naive_motion(image, radius, sigma, rng.uniform(-45, 45))


def naive_shuffle(image, offsets, reach):
    """One copy after the other, in place."""
    image = image.copy()
    height, width = image.shape[:2]
    for i, h in enumerate(range(height - reach, reach, -1)):
        for j, w in enumerate(range(width - reach, reach, -1)):
            dx, dy = offsets[i, j]
            image[h, w] = image[h + dy, w + dx]
    return image


def naive_glass_blur(image, rng, sigma, reach, passes):
    shuffled = np.floor(gaussian(image, sigma) + 1e-3).astype(np.uint8)
    inner = image.shape[0] - 2 * reach, image.shape[1] - 2 * reach, 2
    for offsets in rng.integers(-reach, reach, (passes, *inner), dtype=np.int8):
        shuffled = naive_shuffle(shuffled, offsets, reach)
    return gaussian(shuffled, sigma)


def in_hsv(image, change):
    """Apply a change of hue, saturation and value, one pixel after the other."""
    result = np.empty(image.shape)
    for index in np.ndindex(*image.shape[:2]):
        hsv = colorsys.rgb_to_hsv(*(image[index] / 255))
        result[index] = colorsys.hsv_to_rgb(*change(*hsv))
    return 255 * result


def naive_brightness(image, rng, shift):
    return in_hsv(image, lambda h, s, v: (h, s, min(v + shift, 1)))


def naive_saturate(image, rng, factor, shift):
    return in_hsv(image, lambda h, s, v: (h, min(s * factor + shift, 1), v))


def naive_contrast(image, rng, factor):
    mean = image.astype(float).mean(axis=(0, 1))
    return (image - mean) * factor + mean


def naive_darkness(image, rng, factor):
    return image.astype(float) * factor


def naive_color_quantization(image, rng, levels):
    return np.linspace(0, 255, levels)[image // (256 // levels)]


def naive_jpeg_compression(image, rng, quality):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, 'JPEG', quality=quality)
    return np.asarray(Image.open(buffer)).astype(float)


def naive_snow(image, rng, mean, std, zoom, threshold, radius, sigma, mix):
    shape = image.shape[:2]
    noise = mean + std * rng.standard_normal([int(np.ceil(n / zoom)) for n in shape], np.float32)
    layer = ndimage.zoom(noise.astype(float), zoom, order=1)
    top, left = ((n - m) // 2 for n, m in zip(layer.shape, shape, strict=True))
    layer = np.clip(layer[top : top + shape[0], left : left + shape[1]], 0, 1)
    layer[layer < threshold] = 0
    layer = naive_motion(layer, radius, sigma, rng.uniform(-135, -45))
    x = image / 255
    grey = (x @ [0.299, 0.587, 0.114])[..., None]
    pale = mix * x + (1 - mix) * np.maximum(x, 1.5 * grey + 0.5)
    return 255 * (pale + (layer + np.rot90(layer, 2))[..., None])


def equalised(levels):
    """Histogram equalisation: the cumulative share above the darkest level, times 255."""
    count = np.bincount(levels.ravel(), minlength=256)
    darkest = np.flatnonzero(count)[0]
    above = np.cumsum(count) - count[darkest]
    return np.rint(255 * above / (levels.size - count[darkest])).astype(np.uint8)[levels]


def naive_spatter(image, rng, mean, std, sigma, threshold, strength, mud):
    liquid = gaussian(mean + std * rng.standard_normal(image.shape[:2], np.float32), sigma)
    liquid[liquid < threshold] = 0
    if mud:
        mask = gaussian(liquid > threshold, strength)[..., None]
        mask[mask < 0.8] = 0
        return image * (1 - mask) + mask * (63, 42, 20)
    level = (liquid * 255).astype(np.uint8)
    distance = cv2.distanceTransform(255 - cv2.Canny(level, 50, 150), cv2.DIST_L2, 5)
    box = np.full((3, 3), 1 / 9)
    distance = ndimage.correlate(np.minimum(distance, 20).astype(float), box, mode='mirror')
    distance = equalised((distance + 1e-5).astype(np.uint8)).astype(float)
    relief = [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    distance = np.clip(ndimage.correlate(distance, relief, mode='mirror'), 0, 255)
    mask = level * np.rint(ndimage.correlate(distance, box, mode='mirror'))
    return image + (mask * strength / mask.max())[..., None] * (175, 238, 238)


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


def naive_fog(image, rng, thickness, decay):
    size = 2 ** int(np.ceil(np.log2(max(image.shape))))
    clouds = naive_plasma(rng, size, decay)[: image.shape[0], : image.shape[1], None]
    brightest = image.max() / 255
    return (image + 255 * thickness * clouds) * brightest / (brightest + thickness)


NAIVE = {name.removeprefix('naive_'): f for name, f in globals().items() if name[:6] == 'naive_'}
KINDS = sorted(NAIVE.keys() & PERTURBATIONS.keys())
EXACT = ('brightness', 'saturate', 'contrast', 'darkness', 'color_quantization')
# Float32 cannot tell on which side of a whole level a value lies that is as near to it as this.
NEAR = {**dict.fromkeys(KINDS, 2e-3), **dict.fromkeys(EXACT, -1), 'fog': 2e-2}
CHAINED = ('glass_blur', 'snow', 'spatter')  # a level of theirs that is one off changes others


def noise_image(shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)


def colours():
    """A (20, 50, 3) image: random colours, all greys, black, white, pure hues."""
    flat = noise_image((1000,))
    flat[:256] = np.arange(256)[:, None]
    flat[256:264] = [[255 * (i >> bit & 1) for bit in range(3)] for i in range(8)]
    flat[300:500] //= 64
    return flat.reshape(20, 50, 3)


@pytest.mark.parametrize('severity', SEVERITIES)
@pytest.mark.parametrize('kind', KINDS)
def test_each_kind_is_that_of_its_definition_truncated(kind, severity, scene):
    apply, parameters = PERTURBATIONS[kind].apply, PERTURBATIONS[kind].parameters[severity - 1]
    small = [colours(), *map(noise_image, [(40, 53), (8, 8), (9, 31)])]
    for image in [scene] if kind in ('spatter', 'jpeg_compression') else small:
        result = apply(image, np.random.default_rng(9), *parameters)
        exact = NAIVE[kind](image, np.random.default_rng(9), *parameters)
        off = np.abs(result - np.floor(np.clip(exact + 1e-6, 0, 255)))
        assert result.dtype == np.uint8
        assert off.max() <= 1
        if kind in CHAINED:
            assert off.sum() <= 1 + 5e-3 * off.size
        else:
            assert not off[np.abs(exact - np.round(exact)) > NEAR[kind]].any()
        assert not np.array_equal(result, image)


@pytest.mark.parametrize('shape', [(8, 8), (9, 30), (12, 200)])
@pytest.mark.parametrize('reach', [1, 2, 3, 4])
def test_glass_copies_equal_the_sequential_loop_bit_for_bit(shape, reach):
    image = noise_image(shape)
    rng = np.random.default_rng(reach)
    inner = shape[0] - 2 * reach, shape[1] - 2 * reach, 2
    ranges = [(-reach, reach), (0, reach), (-reach, 1)]
    if reach > 1:
        # And a chain across the image: each pixel copies its right neighbour, already overwritten.
        ranges += [(-1, 2), ([1, 0], [2, 1])]
    for low, high in ranges:
        offsets = rng.integers(low, high, inner, dtype=np.int8)
        source = blur.shuffle_sources(offsets, *shape, reach)
        result = image.reshape(-1, 3)[source].reshape(image.shape)
        np.testing.assert_array_equal(result, naive_shuffle(image, offsets, reach))


def test_what_has_nothing_to_be_seen_in_stays_as_it_is(scene):
    dry = weather.spatter(scene, np.random.default_rng(0), 0.65, 0, 4, 0.69, 0.6, False)
    np.testing.assert_array_equal(dry, scene)
    np.testing.assert_array_equal(weather.fog(0 * scene, np.random.default_rng(3), 2, 2), 0)


def test_a_mask_hides_its_share_and_nothing_else(scene):
    hidden = digital.mask(scene, np.random.default_rng(0), 0.2)
    grey = np.argwhere((hidden == 128).all(-1) & (hidden != scene).any(-1))
    (top, left), (bottom, right) = grey.min(0), grey.max(0)
    inside = hidden[top : bottom + 1, left : right + 1]
    assert (inside == 128).all()
    assert inside.size / scene.size == pytest.approx(0.2, abs=0.01)
    hidden[top : bottom + 1, left : right + 1] = scene[top : bottom + 1, left : right + 1]
    np.testing.assert_array_equal(hidden, scene)
