"""Light, colour, compression and hidden parts of (H, W, 3) uint8 RGB images."""

import cv2
import numpy as np
from PIL import Image

from .filters import truncate

# Exact results have denominators up to 2550, so what is this near to a whole number is one.
_HSV_SLACK = 1e-4


def brightness(image: np.ndarray, rng: np.random.Generator, shift: float) -> np.ndarray:
    """Add to the value V of HSV; with hue and saturation kept, R, G and B grow as V does."""
    value = cv2.max(cv2.max(image[..., 0], image[..., 1]), image[..., 2])
    levels = np.arange(256)
    brighter = np.minimum(levels + 255 * shift, 255)
    factor = (brighter / np.maximum(levels, 1)).astype(np.float32)
    gain = cv2.LUT(value, factor)
    black = cv2.LUT(value, np.where(levels == 0, brighter, 0).astype(np.float32))
    gained = cv2.multiply(image, cv2.merge([gain] * 3), dtype=cv2.CV_32F)
    return truncate(cv2.add(gained, cv2.merge([black] * 3)), _HSV_SLACK)


def darkness(image: np.ndarray, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Scale all channels, as less light or a shorter exposure does."""
    return cv2.LUT(image, (np.arange(256) * factor + 1e-9).astype(np.uint8))


def color_quantization(image: np.ndarray, rng: np.random.Generator, levels: int) -> np.ndarray:
    """Leave so many equally wide steps of each channel; the first is 0, the last 255."""
    return cv2.LUT(image, (np.arange(256) * levels // 256 * 255 // (levels - 1)).astype(np.uint8))


def saturate(
    image: np.ndarray, rng: np.random.Generator, factor: float, shift: float
) -> np.ndarray:
    """Map the saturation S of HSV to factor * S + shift; greys, which have no hue, turn red.

    Each channel is V (1 - S (V - x) / (V - m)) with V the largest and m the smallest of the three,
    S = (V - m) / V.
    """
    channels = cv2.split(image.astype(np.float32))
    value = cv2.max(cv2.max(channels[0], channels[1]), channels[2])
    spread = value - cv2.min(cv2.min(channels[0], channels[1]), channels[2])
    inverse = cv2.divide(value, np.maximum(spread, 1))  # 1 / S
    gain = cv2.min(factor + shift * inverse, inverse)
    red = np.where(spread == 0, shift * value, 0)
    result = [value - (value - channel) * gain for channel in channels]
    result[1] -= red
    result[2] -= red
    return truncate(cv2.merge(result), _HSV_SLACK)


def contrast(image: np.ndarray, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Shrink the distance of each channel to its mean over the image."""
    mean = np.array(cv2.mean(image)[:3])
    levels = (np.arange(256)[:, None] - mean) * factor + mean
    return cv2.LUT(image, (levels + 1e-9).astype(np.uint8)[None])


def jpeg_compression(image: np.ndarray, rng: np.random.Generator, quality: int) -> np.ndarray:
    """Encode and decode as JPEG of the given quality, chroma subsampled 4:2:0 as is usual."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, code = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.cvtColor(cv2.imdecode(code, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def pixelate(image: np.ndarray, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Shrink by averaging areas, then enlarge by repeating pixels."""
    height, width = image.shape[:2]
    small = Image.fromarray(image).resize((int(width * factor), int(height * factor)), Image.BOX)
    return np.array(small.resize((width, height), Image.NEAREST))


def mask(image: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Hide a share of the image behind a grey rectangle of its proportions at a random place."""
    height, width = (max(1, round(side * share**0.5)) for side in image.shape[:2])
    top = rng.integers(image.shape[0] - height + 1)
    left = rng.integers(image.shape[1] - width + 1)
    hidden = image.copy()
    hidden[top : top + height, left : left + width] = 128
    return hidden
