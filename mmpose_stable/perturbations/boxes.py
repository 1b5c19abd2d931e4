"""A person's box that moves or grows, as a detector's does from one video frame to the next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .keys import Key, keyed_generator
from .table import check_severity

# Shares of the box at severities 1 to 5.
SHARES = (0.02, 0.04, 0.06, 0.08, 0.1)
Frame = tuple[np.ndarray, np.ndarray]


def _shift(
    center: np.ndarray, scale: np.ndarray, box: np.ndarray, share: float, rng: np.random.Generator
) -> Frame:
    angle = rng.uniform(0, 2 * np.pi)
    return center + share * box * (np.cos(angle), np.sin(angle)), scale


def _scale(
    center: np.ndarray, scale: np.ndarray, box: np.ndarray, share: float, rng: np.random.Generator
) -> Frame:
    return center, scale * (1 + share * rng.choice((-1, 1)))


BOX_KINDS: dict[str, Callable[..., Frame]] = {'box_shift': _shift, 'box_scale': _scale}


def move_box(
    center: np.ndarray, scale: np.ndarray, box: np.ndarray, kind: str, severity: int, key: Key
) -> Frame:
    """Move the crop of a person as its box moves.

    ``box_shift`` moves the box by a share of its width and height in a random direction,
    ``box_scale`` makes both sides longer or shorter by a share.

    Args:
        center: (..., 2) centre of the crop in pixels of the original image.
        scale: (..., 2) width and height of the crop, which is the box with some space around.
        box: (..., 2) width and height of the box.
        kind: One of `BOX_KINDS`.
        severity: 1 to 5, for 2, 4, 6, 8 and 10 percent of the box.
        key: What the random draws depend on beside kind and severity, as for `perturb`.

    Returns:
        Centre and scale of the moved crop, of the type given.

    Raises:
        ValueError: The severity is not as above.
    """
    check_severity(severity)
    rng = keyed_generator(key, kind, int(severity))
    moved = BOX_KINDS[kind](center, scale, box, SHARES[severity - 1], rng)
    return tuple(new.astype(old.dtype) for new, old in zip(moved, (center, scale), strict=True))
