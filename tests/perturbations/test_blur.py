import numpy as np
import pytest
from scipy import ndimage

from mmpose_stable.perturbations import blur
from mmpose_stable.perturbations.table import PERTURBATIONS

every_size = pytest.mark.parametrize('shape', [(40, 53), (8, 8), (9, 31)])
every_severity = pytest.mark.parametrize('severity', [1, 2, 3, 4, 5])


def noise_image(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def assert_truncated(result, exact):
    """Whole levels of `exact`, except where float32 cannot tell on which side of one it lies."""
    assert result.dtype == np.uint8
    whole = np.floor(np.clip(exact, 0, 255))
    off = result != whole
    near = np.abs(exact - np.round(exact)) < 2e-3
    assert not (off & ~near).any()
    assert np.abs(result - whole)[off].sum() <= off.sum()


def apply(kind, severity, image):
    """Return the perturbed image and the parameters."""
    perturbation = PERTURBATIONS[kind]
    parameters = perturbation.parameters[severity - 1]
    return perturbation.apply(image, np.random.default_rng(9), *parameters), parameters


def naive_disk(radius, sigma):
    reach, rim = (8, 1) if radius <= 8 else (radius, 2)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = (rows**2 + columns**2 <= radius**2).astype(float)
    bell = np.exp(-(np.arange(-rim, rim + 1) ** 2) / (2 * sigma**2))
    smoothing = np.outer(bell, bell) / bell.sum() ** 2
    return ndimage.correlate(disk / disk.sum(), smoothing, mode='mirror')


@every_size
@every_severity
def test_defocus_blur_filters_by_a_smoothed_disk_with_a_mirrored_border(severity, shape):
    image = noise_image(shape)
    result, parameters = apply('defocus_blur', severity, image)
    kernel = naive_disk(*parameters)
    np.testing.assert_allclose(blur.disk_kernel(*parameters), kernel, atol=1e-8)
    exact = ndimage.correlate(image.astype(float), kernel[..., None], mode='mirror')
    assert_truncated(result, exact)


@every_size
@every_severity
def test_zoom_blur_averages_the_image_with_its_zooms(severity, shape):
    image = noise_image(shape)
    height, width = shape
    result, zooms = apply('zoom_blur', severity, image)
    factors = np.arange(1, *zooms)
    total = image.astype(float)
    for factor in factors:
        rows, columns = int(np.ceil(height / factor)), int(np.ceil(width / factor))
        top, left = (height - rows) // 2, (width - columns) // 2
        crop = image[top : top + rows, left : left + columns].astype(float)
        total += ndimage.zoom(crop, (factor, factor, 1), order=1)[:height, :width]
    assert_truncated(result, total / (len(factors) + 1))


@every_size
@every_severity
def test_gaussian_blur_is_the_one_of_scipy_cut_at_four_sigma(severity, shape):
    image = noise_image(shape)
    result, (sigma,) = apply('gaussian_blur', severity, image)
    axes = (sigma, sigma, 0)
    exact = ndimage.gaussian_filter(image.astype(float), axes, mode='nearest', truncate=4)
    assert_truncated(result, exact)


@every_size
@every_severity
def test_motion_blur_draws_its_angle_between_plus_and_minus_45_degrees(
    severity, shape, naive_motion
):
    image = noise_image(shape)
    result, parameters = apply('motion_blur', severity, image)
    angle = np.random.default_rng(9).uniform(-45, 45)
    assert_truncated(result, naive_motion(image, *parameters, angle))


FLAT_CASES = [('defocus_blur', s) for s in (1, 2, 3)] + [
    (kind, s) for kind in ('zoom_blur', 'motion_blur', 'gaussian_blur') for s in (1, 2, 3, 4, 5)
]


@pytest.mark.parametrize(('kind', 'severity'), FLAT_CASES)
def test_a_blur_leaves_a_flat_image_as_it_is(kind, severity):
    image = np.full((33, 40, 3), (255, 100, 7), np.uint8)
    np.testing.assert_array_equal(apply(kind, severity, image)[0], image)


def naive_shuffle(image, offsets, reach):
    """The definition: one copy after the other, in place."""
    image = image.copy()
    height, width = image.shape[:2]
    for i, h in enumerate(range(height - reach, reach, -1)):
        for j, w in enumerate(range(width - reach, reach, -1)):
            dx, dy = offsets[i, j]
            image[h, w] = image[h + dy, w + dx]
    return image


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


@pytest.mark.parametrize('shape', [(31, 45), (8, 8)])
@every_severity
def test_glass_blur_is_blur_uniform_copies_blur(severity, shape):
    image = noise_image(shape)
    result, (sigma, reach, passes) = apply('glass_blur', severity, image)
    inner = shape[0] - 2 * reach, shape[1] - 2 * reach, 2

    def blurred(x):
        return ndimage.gaussian_filter(x.astype(float), (sigma, sigma, 0), mode='nearest')

    shuffled = np.floor(blurred(image) + 1e-3).astype(np.uint8)
    draws = np.random.default_rng(9).integers(-reach, reach, (passes, *inner), dtype=np.int8)
    for offsets in draws:
        shuffled = naive_shuffle(shuffled, offsets, reach)
    difference = np.abs(result.astype(int) - np.floor(blurred(shuffled) + 1e-3))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 2e-3
