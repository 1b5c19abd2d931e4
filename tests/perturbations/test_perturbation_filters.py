import cv2
import numpy as np
import pytest
from scipy import ndimage

from mmpose_stable.perturbations.filters import (
    correlate,
    gaussian,
    line_kernel,
    motion_blur,
    truncate,
    zoom_matrix,
)


def test_truncate_cuts_fractions_off_and_clips():
    values = np.float32([0, 0.4, 0.99, 1, 99.9999, 100.5, 254.99, 255, 255.9, 300])
    assert truncate(values).ravel().tolist() == [0, 0, 0, 1, 100, 100, 254, 255, 255, 255]


@pytest.mark.parametrize('sigma', [0.7, 1.5, 6])
@pytest.mark.parametrize('shape', [(37, 50, 3), (8, 9, 3), (33, 8)])
def test_gaussian_is_the_one_of_scipy_cut_at_four_sigma(sigma, shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    axes = (sigma, sigma, 0)[: len(shape)]
    expected = ndimage.gaussian_filter(image.astype(float), axes, mode='nearest', truncate=4)
    np.testing.assert_allclose(gaussian(image, sigma), expected, atol=1e-3)


@pytest.mark.parametrize('shape', [(30, 41, 3), (8, 11)])
def test_correlate_sums_the_shifted_images(shape):
    rng = np.random.default_rng(1)
    image = rng.uniform(0, 255, shape).astype(np.float32)
    kernel = np.where(rng.random((19, 15)) < 0.2, rng.uniform(0, 1, (19, 15)), 0)
    kernel = kernel.astype(np.float32)
    anchor = (4, 11)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    expected = np.zeros(shape)
    for (j, i), weight in np.ndenumerate(kernel):
        below = np.clip(rows + j - anchor[0], 0, shape[0] - 1)
        right = np.clip(columns + i - anchor[1], 0, shape[1] - 1)
        expected += weight * image[below, right]
    result = correlate(image, kernel, anchor, cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-2)


def test_a_horizontal_line_kernel_is_half_a_gaussian_starting_at_the_pixel():
    kernel, anchor = line_kernel(radius=2, sigma=1.5, angle=0)
    weights = np.exp(-(np.arange(5) ** 2) / (2 * 1.5**2))
    assert anchor == (0, 0)
    np.testing.assert_allclose(kernel, [weights / weights.sum()], rtol=1e-6)


@pytest.mark.parametrize('angle', [-135, -90, -45, -20, 0, 33, 45])
def test_motion_blur_adds_the_pixels_along_its_direction(angle):
    image = np.random.default_rng(2).uniform(0, 255, (23, 31)).astype(np.float32)
    radius, sigma = 10, 4
    steps = range(2 * radius + 1)
    weights = [np.exp(-(i**2) / (2 * sigma**2)) for i in steps]
    rows, columns = np.mgrid[:23, :31]
    expected = np.zeros(image.shape)
    for i, weight in zip(steps, weights, strict=True):
        # the pixel nearest to the point at distance i
        down = int(np.ceil(i * np.sin(np.deg2rad(angle)) - 0.5))
        right = int(np.ceil(i * np.cos(np.deg2rad(angle)) - 0.5))
        source = np.clip(rows + down, 0, 22), np.clip(columns + right, 0, 30)
        expected += weight / sum(weights) * image[source]
    np.testing.assert_allclose(motion_blur(image, radius, sigma, angle), expected, atol=1e-2)


@pytest.mark.parametrize('factor', [1.01, 1.1, 1.3, 2, 3, 4.5])
@pytest.mark.parametrize('size', [8, 31, 64])
def test_zoom_matrix_zooms_like_scipy(size, factor):
    line = np.random.default_rng(3).uniform(0, 1, size)
    matrix, crop = zoom_matrix(size, factor)
    stretched = ndimage.zoom(line[crop], factor, order=1)
    start = (len(stretched) - size) // 2
    assert crop.stop - crop.start == int(np.ceil(size / factor))
    assert crop.start == (size - (crop.stop - crop.start)) // 2
    np.testing.assert_allclose(matrix @ line[crop], stretched[start : start + size], atol=1e-5)
