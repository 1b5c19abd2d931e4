"""Linear filters that several perturbations share, on (H, W) or (H, W, 3) arrays."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
from scipy import sparse

# From this area on, cv2.filter2D goes through a Fourier transform, which costs as much for a
# kernel that is nearly empty as for a full one, and whose rounding shows on flat regions.
_DIRECT_AREA = 130


def truncate(values: np.ndarray, slack: float = 1e-3) -> np.ndarray:
    """Clip non-negative float values to 0..255 and cut their fractions off.

    Args:
        values: Grey levels ≥ 0, float32.
        slack: A value this close below a whole number counts as that number, since float32 turns
            the exact result 100 (of blurring a flat region, say) into 99.99999.

    Returns:
        uint8 array of the same shape.
    """
    # rounds to nearest and saturates, in one pass over the data
    return cv2.convertScaleAbs(values, alpha=1, beta=slack - 0.5)


def gaussian(image: np.ndarray, sigma: float) -> np.ndarray:
    """Blur with a Gaussian cut off at 4 sigma, the border repeating its nearest pixel.

    Args:
        image: uint8 or float32.
        sigma: Standard deviation in pixels.

    Returns:
        float32 array of the same shape.
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
    """Sum the shifted images of a sparse kernel: its zeros cost next to nothing.

    Args:
        image: (H, W) or (H, W, 3) float32.
        kernel: (h, w) float32; kernel[anchor] weighs the pixel itself, kernel[anchor + (j, i)] the
            one j rows below and i columns right of it.
        anchor: Row and column inside the kernel.
        border: An OpenCV border type.

    Returns:
        float32 array of the image's shape.
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


def line_kernel(radius: int, sigma: float, angle: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the kernel and anchor of a motion blur: half a Gaussian along a line of pixels.

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
    return kernel, (int(-low[0]), int(-low[1]))


def motion_blur(image: np.ndarray, radius: int, sigma: float, angle: float) -> np.ndarray:
    """Blur along a line, see `line_kernel`, the border repeating its nearest pixel."""
    kernel, anchor = line_kernel(radius, sigma, angle)
    return correlate(image, kernel, anchor, cv2.BORDER_REPLICATE)


@functools.lru_cache(maxsize=256)
def zoom_matrix(size: int, factor: float) -> tuple[sparse.csr_matrix, slice]:
    """Return how one axis is zoomed into its centre by linear interpolation.

    The central ceil(size / factor) pixels are stretched, first pixel onto first and last onto last,
    to round(ceil(size / factor) * factor), of which the central `size` are kept.

    Args:
        size: Pixels of the axis, at least 2 * factor.
        factor: Zoom, at least 1.

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
