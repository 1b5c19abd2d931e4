"""Frost, snow, fog and spatter on (H, W, 3) uint8 RGB images."""

from pathlib import Path

import cv2
import numpy as np

from .filters import gaussian, motion_blur, truncate, zoom_matrix
from .frost_texture import frost_pictures

WATER = (175, 238, 238)
MUD = (63, 42, 20)


def frost(
    image: np.ndarray,
    rng: np.random.Generator,
    image_weight: float,
    frost_weight: float,
    frost_folder: str | Path | None = None,
) -> np.ndarray:
    """Add a weighted crop of a picture of frost, enlarged first where it is too small to cover."""
    height, width = image.shape[:2]
    pictures = frost_pictures(frost_folder)
    picture = pictures[rng.integers(len(pictures))]
    scale = max(height / picture.shape[0], width / picture.shape[1])
    if scale > 1:
        size = (
            max(width, round(picture.shape[1] * scale)),
            max(height, round(picture.shape[0] * scale)),
        )
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
    top = rng.integers(picture.shape[0] - height + 1)
    left = rng.integers(picture.shape[1] - width + 1)
    crop = picture[top : top + height, left : left + width]
    # addWeighted rounds and saturates; the shift makes it truncate (results are multiples of 0.05)
    return cv2.addWeighted(image, image_weight, crop, frost_weight, 1e-3 - 0.5)


def snow(
    image: np.ndarray,
    rng: np.random.Generator,
    mean: float,
    std: float,
    zoom: float,
    threshold: float,
    radius: int,
    sigma: float,
    mix: float,
) -> np.ndarray:
    """Whiten the image and let it snow on it, the same flakes once more turned by 180 degrees."""
    height, width = image.shape[:2]
    (down, rows), (across, columns) = zoom_matrix(height, zoom), zoom_matrix(width, zoom)
    # only the part of the noise that the zoom keeps is drawn
    shape = rows.stop - rows.start, columns.stop - columns.start
    noise = mean + std * rng.standard_normal(shape, np.float32)
    layer = np.ascontiguousarray((across @ (down @ noise).T).T)
    _, layer = cv2.threshold(np.minimum(layer, 1), threshold, 0, cv2.THRESH_TOZERO)
    layer = motion_blur(layer, radius, sigma, rng.uniform(-135, -45))
    layer = 255 * (layer + layer[::-1, ::-1])

    pixels = image.astype(np.float32)
    pale = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) * 1.5 + 127.5
    pale = cv2.max(pixels, cv2.merge([pale, pale, pale]))
    mixed = cv2.addWeighted(pixels, mix, pale, 1 - mix, 0)
    return truncate(cv2.add(mixed, cv2.merge([layer, layer, layer])))


def plasma_fractal(rng: np.random.Generator, size: int, decay: float) -> np.ndarray:
    """Return clouds (size, size) float32 in 0..1 by the diamond-square algorithm.

    They are periodic in both directions; the size is a power of 2. Each pass puts a point into the
    middle of four, at their mean plus a uniform draw of -wibble²..wibble²; wibble is 100 at first
    and is divided by ``decay`` from pass to pass.
    """
    heights = np.zeros((size, size), np.float32)
    step, wibble = size, 100.0
    while step >= 2:
        half, amplitude = step // 2, np.float32(wibble**2)
        squares, corners = heights[half::step, half::step], heights[::step, ::step]
        below = corners + np.roll(corners, -1, 0)
        draws = amplitude * (2 * rng.random((3, *corners.shape), np.float32) - 1)
        squares[:] = (below + np.roll(below, -1, 1)) / 4 + draws[0]
        across = squares + np.roll(squares, 1, 0) + corners + np.roll(corners, -1, 1)
        heights[::step, half::step] = across / 4 + draws[1]
        down = squares + np.roll(squares, 1, 1) + below
        heights[half::step, ::step] = down / 4 + draws[2]
        step, wibble = half, wibble / decay
    heights -= heights.min()
    return heights / heights.max()


def fog(image: np.ndarray, rng: np.random.Generator, thickness: float, decay: float) -> np.ndarray:
    """Add clouds of `thickness` times white; scaled so that the brightest value could stay."""
    height, width = image.shape[:2]
    clouds = plasma_fractal(rng, 1 << (max(height, width) - 1).bit_length(), decay)
    brightest = float(image.max()) / 255
    factor = brightest / (brightest + thickness)
    layer = clouds[:height, :width] * np.float32(255 * thickness * factor)
    clear = cv2.multiply(image, (factor,) * 4, dtype=cv2.CV_32F)
    return truncate(cv2.add(clear, cv2.merge([layer] * 3)))


def _water_mask(liquid: np.ndarray, strength: float) -> np.ndarray:
    """Return the opacity of drops of water, (H, W) float32 in 0..strength, bright at one rim."""
    level = (liquid * 255).astype(np.uint8)
    distance = cv2.distanceTransform(255 - cv2.Canny(level, 50, 150), cv2.DIST_L2, 5)
    distance = cv2.blur(np.minimum(distance, 20), (3, 3)).astype(np.uint8)
    relief = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32)
    distance = cv2.blur(cv2.filter2D(cv2.equalizeHist(distance), cv2.CV_8U, relief), (3, 3))
    mask = cv2.multiply(level, distance, dtype=cv2.CV_32F)
    peak = mask.max()
    return mask * (strength / peak) if peak > 0 else mask  # a tiny image may hold no drop


def spatter(
    image: np.ndarray,
    rng: np.random.Generator,
    mean: float,
    std: float,
    sigma: float,
    threshold: float,
    strength: float,
    mud: bool,
) -> np.ndarray:
    """Splash drops of water over the image, or cover it with spots of mud.

    Noise of a mean and a deviation, smoothed by sigma pixels, is liquid where it is above the
    threshold. The strength is the opacity of water, or the blur in pixels of the rims of mud.
    """
    noise = mean + std * rng.standard_normal(image.shape[:2], np.float32)
    _, liquid = cv2.threshold(gaussian(noise, sigma), threshold, 0, cv2.THRESH_TOZERO)
    pixels = image.astype(np.float32)
    if mud:
        mask = gaussian((liquid > threshold).astype(np.float32), strength)
        _, mask = cv2.threshold(mask, 0.8, 0, cv2.THRESH_TOZERO)
        pixels = cv2.multiply(pixels, cv2.merge([1 - mask] * 3))
        colour = MUD
    else:
        mask = _water_mask(liquid, strength)
        colour = WATER
    return truncate(cv2.add(pixels, cv2.merge([mask * level for level in map(float, colour)])))
