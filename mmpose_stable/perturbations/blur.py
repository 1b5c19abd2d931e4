"""Defocus, zoom, glass, motion and Gaussian blur of (H, W, 3) uint8 images."""

import functools

import cv2
import numpy as np

from .filters import correlate, gaussian, motion_blur, truncate, zoom_matrix


@functools.lru_cache(maxsize=64)
def disk_kernel(radius: int, alias_sigma: float) -> np.ndarray:
    """Return a disk of the given radius in pixels, of sum 1, smoothed at its rim.

    Disks of radius 8 and more fill their grid, whose border mirrors what is smoothed: their kernels
    sum to about 1.01.
    """
    reach, rim = (8, 3) if radius <= 8 else (radius, 5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = (x**2 + y**2 <= radius**2).astype(np.float32)
    kernel = cv2.GaussianBlur(disk / disk.sum(), (rim, rim), alias_sigma)
    kernel[kernel < 1e-9] = 0  # so that the filter can skip what cannot be seen
    return kernel


def defocus_blur(
    image: np.ndarray, rng: np.random.Generator, radius: int, alias_sigma: float
) -> np.ndarray:
    """Spread each pixel over a disk; the border is mirrored without repeating its last pixel."""
    kernel = disk_kernel(radius, alias_sigma)
    anchor = (kernel.shape[0] // 2,) * 2
    return truncate(correlate(image.astype(np.float32), kernel, anchor, cv2.BORDER_REFLECT_101))


def zoom_blur(image: np.ndarray, rng: np.random.Generator, stop: float, step: float) -> np.ndarray:
    """Average the image with its zooms by arange(1, stop, step)."""
    height, width, channels = image.shape
    pixels = image.astype(np.float32)
    flat = pixels.reshape(height, -1)
    factors = np.arange(1, stop, step)
    # The columns are zoomed as rows of the transposed image: a sparse product is fast row by row.
    total = np.zeros((width, height * channels), np.float32)
    for factor in factors[1:]:
        down, rows = zoom_matrix(height, factor)
        across, columns = zoom_matrix(width, factor)
        turned = cv2.transpose((down @ flat[rows]).reshape(image.shape))
        total += across @ turned.reshape(width, -1)[columns]
    # the image itself and its zoom by 1 make two of the n + 1 terms
    total = cv2.scaleAdd(pixels, 2, cv2.transpose(total.reshape(width, height, channels)))
    return truncate(total * np.float32(1 / (len(factors) + 1)))


def shuffle_sources(offsets: np.ndarray, height: int, width: int, reach: int) -> np.ndarray:
    """Return where each pixel of one pass of glass blur gets its value from, (H * W,) flat indices.

    The pass goes over rows H - d .. d + 1, in each over columns W - d .. d + 1, and copies x[h, w]
    ← x[h + dy, w + dx] with `offsets` (H - 2d, W - 2d, 2) of (dx, dy) in -d .. d - 1, d being the
    reach. A source that was visited earlier has already been overwritten: the copies form chains,
    which are followed to their ends by pointer jumping.
    """
    count = height * width
    inner = slice(reach + 1, height - reach + 1), slice(reach + 1, width - reach + 1)
    here = np.arange(count).reshape(height, width)[inner]
    visited = np.zeros((height, width), bool)
    visited[inner] = True
    step = offsets[::-1, ::-1, 1].astype(np.int32) * width + offsets[::-1, ::-1, 0]
    there = here + step
    overwritten = visited.ravel().take(there) & (there > here)
    # Node p is the pixel after the pass, node count + p the pixel before it, where chains end.
    link = np.arange(count, 3 * count)
    link[count:] -= count
    source = link[:count]
    source.reshape(height, width)[inner] = np.where(overwritten, there, there + count)
    while source.min() < count:
        source[:] = link.take(source, mode='clip')
    return source - count


def glass_blur(
    image: np.ndarray, rng: np.random.Generator, sigma: float, reach: int, passes: int
) -> np.ndarray:
    """Blur, let each pixel copy a random near one (a copy, not a swap) in each pass, blur again."""
    height, width = image.shape[:2]
    blurred = truncate(gaussian(image, sigma))
    inner = max(height - 2 * reach, 0), max(width - 2 * reach, 0)
    offsets = rng.integers(-reach, reach, (passes, *inner, 2), np.int8)
    source = shuffle_sources(offsets[0], height, width, reach)
    for later in offsets[1:]:
        source = source.take(shuffle_sources(later, height, width, reach))
    shuffled = blurred.reshape(-1, 3).take(source, axis=0).reshape(image.shape)
    return truncate(gaussian(shuffled, sigma))


def motion_blur_image(
    image: np.ndarray, rng: np.random.Generator, radius: int, sigma: float
) -> np.ndarray:
    """Blur along a line at an angle drawn from -45 to 45 degrees."""
    angle = rng.uniform(-45, 45)
    return truncate(motion_blur(image.astype(np.float32), radius, sigma, angle))


def gaussian_blur(image: np.ndarray, rng: np.random.Generator, sigma: float) -> np.ndarray:
    """Blur with a Gaussian of the given standard deviation in pixels."""
    return truncate(gaussian(image, sigma))
