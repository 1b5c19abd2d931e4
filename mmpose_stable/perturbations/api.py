"""Perturb one image: `perturb`."""

from pathlib import Path

import cv2
import numpy as np

from .keys import Key, keyed_generator
from .table import MIN_SIDE, PERTURBATIONS, check_kind, check_severity


def perturb(
    image: np.ndarray,
    kind: str,
    severity: int,
    *,
    key: Key = 0,
    channel_order: str = 'rgb',
    frost_folder: str | Path | None = None,
) -> np.ndarray:
    """Return a perturbed copy of an image; it depends on the arguments alone.

    Args:
        image: (H, W, 3) uint8, at least 8×8 pixels.
        kind: One of `EVERY_KIND`.
        severity: 1 to 5.
        key: What the random draws depend on beside kind and severity, usually (seed, sample id):
            integers, strings, bytes, or tuples of them.
        channel_order: 'rgb' or 'bgr', of image and result alike.
        frost_folder: Folder of frost photographs instead of the drawn ice, for the kind 'frost'.

    Returns:
        (H, W, 3) uint8, contiguous.

    Raises:
        TypeError: If the key is of another type.
        ValueError: If another argument is not as above.
    """
    if image.dtype != np.uint8 or image.shape[2:] != (3,) or min(image.shape[:2]) < MIN_SIDE:
        raise ValueError(
            f'image: expected a uint8 array (H, W, 3) of at least {MIN_SIDE}×{MIN_SIDE} pixels; '
            f'got {image.dtype} of shape {image.shape}'
        )
    check_kind(kind)
    check_severity(severity)
    if channel_order not in ('rgb', 'bgr'):
        raise ValueError(f"channel_order: expected 'rgb' or 'bgr'; got {channel_order!r}")
    perturbation = PERTURBATIONS[kind]
    rng = keyed_generator(key, kind, int(severity))
    extra = {'frost_folder': frost_folder} if kind == 'frost' else {}

    pixels = np.ascontiguousarray(image)
    if channel_order == 'bgr':
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    result = perturbation.apply(pixels, rng, *perturbation.parameters[severity - 1], **extra)
    if channel_order == 'bgr':
        result = cv2.cvtColor(result, cv2.COLOR_RGB2BGR)
    return result
