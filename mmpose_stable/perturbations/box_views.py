"""The crop of a box that lies a little elsewhere, as a detector's boxes do from frame to frame."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np


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
    """Draw a box around the centre of a crop, moved and scaled, each uniformly.

    Args:
        max_shift: Largest move of the centre on each axis, as a share of the crop's side.
        max_scale: Largest change of the size, as a share of it.
        size: Width and height of the crop in pixels.
    """
    scale = 1 + max_scale * rng.uniform(-1, 1)
    moves = max_shift * rng.uniform(-1, 1, 2)
    # The centre stays the centre where there is no move; pixel centres lie at integers.
    x, y = (
        (1 - scale) * (side - 1) / 2 + move * side for move, side in zip(moves, size, strict=True)
    )
    return MovedBox(float(scale), float(x), float(y))


def crop_of_box(image: np.ndarray, box: MovedBox) -> np.ndarray:
    """Return the crop of a moved box, of the size of the crop (H, W, 3) that is given.

    What lies outside the given crop is black, as ``TopdownAffine`` fills what lies outside the
    picture.
    """
    matrix = np.array([[box.scale, 0, box.x], [0, box.scale, box.y]])
    height, width = image.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, (width, height), flags=flags)
