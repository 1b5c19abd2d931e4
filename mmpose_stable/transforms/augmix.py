"""AugMix on arrays: pictures mixed from short chains of random operations."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

MAX_LEVEL = 10


def autocontrast(image: np.ndarray, level: float) -> np.ndarray:
    """Stretch each channel to 0..255; a channel of one value stays. ``level`` has no effect."""
    low = image.min((0, 1)).astype(np.float32)
    high = image.max((0, 1)).astype(np.float32)
    spread = np.where(high > low, high - low, 255)
    return ((image - np.where(high > low, low, 0)) * (255 / spread)).astype(np.uint8)


def equalize(image: np.ndarray, level: float) -> np.ndarray:
    """Equalise each channel's histogram. ``level`` has no effect."""
    return np.dstack([cv2.equalizeHist(np.ascontiguousarray(c)) for c in np.moveaxis(image, -1, 0)])


def posterize(image: np.ndarray, level: float) -> np.ndarray:
    """Keep the 4 high bits of each value at level 0, fewer at higher levels, at least 1."""
    bits = max(4 - int(4 * level / MAX_LEVEL), 1)
    return image & np.uint8((0xFF << (8 - bits)) & 0xFF)


def solarize(image: np.ndarray, level: float) -> np.ndarray:
    """Invert the values from a threshold on, which is 256 at level 0 and 0 at level 10."""
    threshold = 256 - int(256 * level / MAX_LEVEL)
    return np.where(image < threshold, image, 255 - image)


# The photometric operations of AugMix. Its brightness, contrast, colour and sharpness are left out
# there too where the test set is ImageNet-C, which has them as perturbations.
PHOTOMETRIC: tuple[Callable[[np.ndarray, float], np.ndarray], ...] = (
    autocontrast,
    equalize,
    posterize,
    solarize,
)


def augmix(
    image: np.ndarray,
    rng: np.random.Generator,
    severity: float = 3.0,
    width: int = 3,
    max_depth: int = 3,
    alpha: float = 1.0,
) -> np.ndarray:
    """Return a picture mixed from the given one and ``width`` chains of operations on it.

    AugMix (Hendrycks et al. 2020), algorithm 1, with operations that move no pixel.

    Args:
        image: (H, W, 3) uint8.
        severity: Levels are drawn from 0.1 to this, of at most 10.
        width: Number of chains.
        max_depth: Chains have 1 to this many operations.
        alpha: Of the Dirichlet distribution of the chains' weights and the Beta distribution of the
            original's.
    """
    weights = rng.dirichlet([alpha] * width)
    share = rng.beta(alpha, alpha)
    mixed = np.zeros(image.shape, np.float32)
    for weight in weights:
        chain = image
        for _ in range(rng.integers(1, max_depth + 1)):
            operation = PHOTOMETRIC[rng.integers(len(PHOTOMETRIC))]
            chain = operation(chain, rng.uniform(0.1, severity))
        mixed += np.float32(weight) * chain
    return np.clip((1 - share) * image + share * mixed + 0.5, 0, 255).astype(np.uint8)


def random_warp(size: tuple[int, int], rng: np.random.Generator, severity: float) -> np.ndarray:
    """Return the matrix (2, 3) of one of AugMix's geometric operations at a random level.

    Rotation up to 30 degrees, shear up to 0.3, translation up to a third of the picture at level
    10; either direction. Frame: pixels, centres at integers, about the centre of the picture.

    Args:
        size: Width and height of the picture.
        severity: The level is drawn from 0.1 to this, of at most 10.
    """
    amount = rng.uniform(0.1, severity) / MAX_LEVEL * rng.choice((-1.0, 1.0))
    linear, shift = np.eye(2), np.zeros(2)
    kind = rng.integers(5)
    if kind == 0:
        angle = np.deg2rad(30 * amount)
        linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    elif kind <= 2:
        linear[kind - 1, 2 - kind] = 0.3 * amount
    else:
        shift[kind - 3] = size[kind - 3] / 3 * amount
    centre = (np.array(size) - 1) / 2
    return np.column_stack([linear, centre + shift - linear @ centre])
