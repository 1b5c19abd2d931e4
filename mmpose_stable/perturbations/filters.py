"""Linear filters that several perturbations share, on (H, W) or (H, W, 3) arrays."""

import functools
import math

import cv2
import numpy as np
from scipy import sparse

# From this area on, cv2.filter2D goes through a Fourier transform, which costs as much for a
# kernel that is nearly empty as for a full one, and whose rounding shows on flat regions.
_DIRECT_AREA = 130


def truncate(values: np.ndarray, slack: float = 1e-3) -> np.ndarray:
    """Clip grey levels ≥ 0, float32, to 0..255 and cut their fractions off, into uint8.

    A value as close below a whole number as the slack counts as that number, since float32 turns
    the exact result 100 (of blurring a flat region, say) into 99.99999.
    """
    # rounds to nearest and saturates, in one pass over the data
    return cv2.convertScaleAbs(values, alpha=1, beta=slack - 0.5)


def gaussian(image: np.ndarray, sigma: float) -> np.ndarray:
    """Blur with a Gaussian cut off at 4 sigma, in pixels, the border repeating its nearest pixel.

    The image is uint8 or float32, the result float32.
    """
    radius = int(4 * sigma + 0.5)
    kernel = cv2.getGaussianKernel(2 * radius + 1, sigma, cv2.CV_32F)
    return cv2.sepFilter2D(image, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REPLICATE)


def _strips(kernel: np.ndarray) -> list[tuple[slice, slice]]:
    """Cut a kernel into bands of rows whose non-zero part is small enough to be summed directly."""
    bands: list[tuple[slice, slice]] = []
    for row in np.flatnonzero(kernel.any(axis=1)):
        columns = np.flatnonzero(kernel[row])
        left, right = int(columns[0]), int(columns[-1]) + 1
        if bands:
            rows, last = bands[-1]
            span = slice(min(left, last.start), max(right, last.stop))
            if (row + 1 - rows.start) * (span.stop - span.start) < _DIRECT_AREA:
                bands[-1] = slice(rows.start, int(row) + 1), span
                continue
        bands.append((slice(int(row), int(row) + 1), slice(left, right)))
    return bands


def correlate(
    image: np.ndarray, kernel: np.ndarray, anchor: tuple[int, int], border: int
) -> np.ndarray:
    """Correlate a float32 image with a sparse kernel (h, w), whose zeros cost next to nothing.

    ``kernel[anchor]`` weighs the pixel itself, ``kernel[anchor + (j, i)]`` the one j rows below and
    i columns right of it. The border is one of OpenCV's types.
    """
    (height, width), (rows, columns) = image.shape[:2], kernel.shape
    top, left = anchor
    padded = cv2.copyMakeBorder(image, top, rows - 1 - top, left, columns - 1 - left, border)
    total = None
    for band, span in _strips(kernel):
        source = padded[band.start : height + band.stop - 1, span.start : width + span.stop - 1]
        part = cv2.filter2D(source, cv2.CV_32F, kernel[band, span], anchor=(0, 0))[:height, :width]
        total = part if total is None else cv2.add(total, part)
    return total


def motion_blur(image: np.ndarray, radius: int, sigma: float, angle: float) -> np.ndarray:
    """Blur by half a Gaussian along a line of pixels, the border repeating its nearest pixel.

    The line has 2 * radius + 1 pixels with weights exp(-i² / 2σ²); its angle is in degrees, from +x
    towards +y (down).
    """
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-0.5 * (steps / sigma) ** 2)
    direction = np.array([math.sin(math.radians(angle)), math.cos(math.radians(angle))])
    taps = np.ceil(steps[:, None] * direction - 0.5).astype(int)
    low = taps.min(axis=0)
    kernel = np.zeros(taps.max(axis=0) - low + 1, np.float32)
    np.add.at(kernel, tuple((taps - low).T), weights / weights.sum())
    return correlate(image, kernel, (int(-low[0]), int(-low[1])), cv2.BORDER_REPLICATE)


@functools.lru_cache(maxsize=256)
def zoom_matrix(size: int, factor: float) -> tuple[sparse.csr_matrix, slice]:
    """Return how one axis is zoomed into its centre by linear interpolation.

    The central crop = ceil(size / factor) pixels are stretched, first pixel onto first and last
    onto last, to round(crop * factor), of which the central `size` are kept.

    Returns:
        The (size, crop) float32 matrix and the slice of the axis it applies to.
    """
    crop = math.ceil(size / factor)
    stretched = round(crop * factor)
    position = (np.arange(size) + (stretched - size) // 2) * ((crop - 1) / (stretched - 1))
    left = np.minimum(position.astype(int), crop - 2)
    weight = position - left
    values = np.stack([1 - weight, weight], axis=1).astype(np.float32)
    columns = np.stack([left, left + 1], axis=1)
    matrix = sparse.csr_matrix(
        (values.ravel(), columns.ravel(), 2 * np.arange(size + 1)), shape=(size, crop)
    )
    start = (size - crop) // 2
    return matrix, slice(start, start + crop)
