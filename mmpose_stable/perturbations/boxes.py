"""A person's box that moves or grows, as a detector's does from one video frame to the next."""

from typing import NamedTuple

import cv2
import numpy as np

from .keys import Key, keyed_generator

BOX_KINDS = ('box_shift', 'box_scale')
# Shares of the box at severities 1 to 5.
SHARES = (0.02, 0.04, 0.06, 0.08, 0.1)


def move_box(
    center: np.ndarray, scale: np.ndarray, box: np.ndarray, kind: str, severity: int, key: Key
) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and scale of a person's crop as its box moves, for the evaluator.

    Args:
        center: (..., 2) centre of the crop in pixels of the original image.
        scale: (..., 2) width and height of the crop, which is the box with some space around.
        box: (..., 2) width and height of the box.
        kind: ``box_shift`` moves the box by a share of its width and height in a random direction,
            ``box_scale`` makes both sides longer or shorter by a share.
        severity: 1 to 5, for 2, 4, 6, 8 and 10 percent of the box.
        key: As for `perturb`.
    """
    rng = keyed_generator(key, kind, int(severity))
    share = SHARES[severity - 1]
    if kind == 'box_scale':
        return center, (scale * (1 + share * rng.choice((-1, 1)))).astype(scale.dtype)
    angle = rng.uniform(0, 2 * np.pi)
    direction = np.cos(angle), np.sin(angle)
    return (center + share * box * direction).astype(center.dtype), scale


class MovedBox(NamedTuple):
    """Where the crop of another box lies in a crop: pixel q of the other is ``scale * q + (x, y)``.

    Attributes:
        scale: Size of the other box, in sizes of this one.
        x: Column of the other crop's first pixel, in pixels of this crop.
        y: The same for the row.
    """

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0


def draw_box(
    rng: np.random.Generator, max_shift: float, max_scale: float, size: tuple[int, int]
) -> MovedBox:
    """Draw a box around the centre of a crop, moved and scaled, each uniformly, for training.

    The limits are those of `PerturbedViews`; the size is width and height of the crop in pixels.
    """
    scale = 1 + max_scale * rng.uniform(-1, 1)
    moves = max_shift * rng.uniform(-1, 1, 2)
    # The centre stays the centre where there is no move; pixel centres lie at integers.
    x, y = (
        (1 - scale) * (side - 1) / 2 + move * side for move, side in zip(moves, size, strict=True)
    )
    return MovedBox(float(scale), float(x), float(y))


def crop_of_box(image: np.ndarray, box: MovedBox) -> np.ndarray:
    """Return the crop of a moved box, of the size of the crop (H, W, 3) given; black outside."""
    matrix = np.array([[box.scale, 0, box.x], [0, box.scale, box.y]])
    height, width = image.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, (width, height), flags=flags)
