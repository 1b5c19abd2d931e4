import numpy as np
import pytest
from scipy import ndimage

from mmpose_stable.perturbations import blur
from mmpose_stable.perturbations.table import PERTURBATIONS

SIZES = ((40, 53), (8, 8), (9, 31))


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


def apply(kind, severity, image, rng=None):
    perturbation = PERTURBATIONS[kind]
    return perturbation.apply(image, rng, *perturbation.parameters[severity - 1])


def naive_disk(radius, sigma):
    reach, rim = (8, 1) if radius <= 8 else (radius, 2)
    side = 2 * reach + 1
    disk = np.array(
        [
            [(x - reach) ** 2 + (y - reach) ** 2 <= radius**2 for x in range(side)]
            for y in range(side)
        ]
    )
    bell = np.exp(-(np.arange(-rim, rim + 1) ** 2) / (2 * sigma**2))
    smoothing = np.outer(bell, bell) / bell.sum() ** 2
    return ndimage.correlate(disk / disk.sum(), smoothing, mode='mirror')


@pytest.mark.parametrize('severity', [1, 2, 3, 4, 5])
def test_defocus_kernel_is_a_smoothed_normalised_disk(severity):
    radius, sigma = PERTURBATIONS['defocus_blur'].parameters[severity - 1]
    kernel = blur.disk_kernel(radius, sigma)
    np.testing.assert_allclose(kernel, naive_disk(radius, sigma), atol=1e-8)


@pytest.mark.parametrize('shape', SIZES)
@pytest.mark.parametrize('severity', [1, 3, 5])
def test_defocus_blur_filters_with_a_mirrored_border(severity, shape):
    image = noise_image(shape)
    kernel = naive_disk(*PERTURBATIONS['defocus_blur'].parameters[severity - 1])
    exact = ndimage.correlate(image.astype(float), kernel[..., None], mode='mirror')
    assert_truncated(apply('defocus_blur', severity, image), exact)


@pytest.mark.parametrize('shape', SIZES)
@pytest.mark.parametrize('severity', [1, 3, 5])
def test_zoom_blur_averages_the_image_with_its_zooms(severity, shape):
    image = noise_image(shape)
    height, width = shape
    stop, step = PERTURBATIONS['zoom_blur'].parameters[severity - 1]
    factors = np.arange(1, stop, step)
    total = image.astype(float)
    for factor in factors:
        rows, columns = int(np.ceil(height / factor)), int(np.ceil(width / factor))
        top, left = (height - rows) // 2, (width - columns) // 2
        crop = image[top : top + rows, left : left + columns].astype(float)
        total += ndimage.zoom(crop, (factor, factor, 1), order=1)[:height, :width]
    assert_truncated(apply('zoom_blur', severity, image), total / (len(factors) + 1))


@pytest.mark.parametrize('severity', [1, 5])
def test_gaussian_blur_is_the_one_of_scipy(severity):
    image = noise_image((40, 53))
    sigma = (1, 2, 3, 4, 6)[severity - 1]
    exact = ndimage.gaussian_filter(
        image.astype(float), (sigma, sigma, 0), mode='nearest', truncate=4
    )
    assert_truncated(apply('gaussian_blur', severity, image), exact)


FLAT_CASES = [('defocus_blur', s) for s in (1, 2, 3)] + [
    (kind, s) for kind in ('zoom_blur', 'motion_blur', 'gaussian_blur') for s in (1, 2, 3, 4, 5)
]


@pytest.mark.parametrize(('kind', 'severity'), FLAT_CASES)
def test_a_blur_leaves_a_flat_image_as_it_is(kind, severity):
    image = np.full((33, 40, 3), (255, 100, 7), np.uint8)
    result = apply(kind, severity, image, np.random.default_rng(0))
    np.testing.assert_array_equal(result, image)


def test_motion_blur_draws_its_angle_between_plus_and_minus_45_degrees():
    dot = np.zeros((101, 101, 3), np.uint8)
    dot[50, 50] = 255
    angles = []
    for seed in range(60):
        result = blur.motion_blur_image(dot, np.random.default_rng(seed), 10, 30)
        rows, columns = np.nonzero(result[..., 0])
        far = np.argmax((rows - 50) ** 2 + (columns - 50) ** 2)
        angles.append(np.degrees(np.arctan2(50 - rows[far], 50 - columns[far])))
    assert -48 < min(angles) < -35
    assert 35 < max(angles) < 48


def naive_shuffle(image, offsets, reach):
    """The definition: one copy after the other, in place."""
    image = image.copy()
    height, width = image.shape[:2]
    for i, h in enumerate(range(height - reach, reach, -1)):
        for j, w in enumerate(range(width - reach, reach, -1)):
            dx, dy = offsets[i, j]
            image[h, w] = image[h + dy, w + dx]
    return image


@pytest.mark.parametrize('shape', [(8, 8), (9, 30), (40, 33)])
@pytest.mark.parametrize('reach', [1, 2, 3, 4])
def test_glass_copies_equal_the_sequential_loop_bit_for_bit(shape, reach):
    image = noise_image(shape)
    rng = np.random.default_rng(reach)
    inner = shape[0] - 2 * reach, shape[1] - 2 * reach, 2
    for low, high in ((-reach, reach), (0, reach), (-reach, 1), (-1, 2 if reach > 1 else 1)):
        offsets = rng.integers(low, high, inner, dtype=np.int8)
        source = blur.shuffle_sources(offsets, *shape, reach)
        result = image.reshape(-1, 3)[source].reshape(image.shape)
        np.testing.assert_array_equal(result, naive_shuffle(image, offsets, reach))


def test_a_glass_copy_chain_across_the_whole_image_is_followed_to_its_end():
    image = noise_image((12, 200))
    offsets = np.zeros((8, 196, 2), np.int8)
    offsets[..., 0] = 1  # each pixel copies its right neighbour, which was overwritten before
    source = blur.shuffle_sources(offsets, 12, 200, 2)
    result = image.reshape(-1, 3)[source].reshape(image.shape)
    np.testing.assert_array_equal(result, naive_shuffle(image, offsets, 2))
    assert (result[3:11, 3:199] == image[3:11, 199:200]).all()


@pytest.mark.parametrize('shape', [(31, 45), (8, 8)])
@pytest.mark.parametrize('severity', [1, 2, 3, 4, 5])
def test_glass_blur_is_blur_copies_blur(severity, shape):
    image = noise_image(shape)
    sigma, reach, passes = PERTURBATIONS['glass_blur'].parameters[severity - 1]
    result = apply('glass_blur', severity, image, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    inner = shape[0] - 2 * reach, shape[1] - 2 * reach, 2

    def blurred(x):
        return ndimage.gaussian_filter(x.astype(float), (sigma, sigma, 0), mode='nearest')

    shuffled = np.floor(blurred(image) + 1e-3).astype(np.uint8)
    for offsets in rng.integers(-reach, reach, (passes, *inner), dtype=np.int8):
        shuffled = naive_shuffle(shuffled, offsets, reach)
    difference = np.abs(result.astype(int) - np.floor(blurred(shuffled) + 1e-3))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 2e-3


def test_glass_offsets_are_uniform_from_minus_reach_to_reach_minus_one():
    image = np.zeros((64, 64, 3), np.uint8)

    class Recorder:
        def integers(self, low, high, shape, dtype):
            self.call = low, high, shape
            return np.zeros(shape, dtype)

    recorder = Recorder()
    blur.glass_blur(image, recorder, 1.1, 3, 2)
    assert recorder.call == (-3, 3, (2, 58, 58, 2))
