"""The hand at rest: joints, bone frames and thicknesses of an adult right hand, in centimetres.

Hand frame: the wrist is the origin, y points along the middle finger, z out of the back of the
hand, and the thumb of this right hand lies at negative x. A left hand is its mirror image in x.

Bones are numbered 0 forearm, 1 palm, then 2 + 3 f + k for phalanx k of finger f (thumb first; the
thumb's first bone is its metacarpal).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmpose_stable.datasets.hand import FINGERS

NUM_FINGERS = len(FINGERS)
NUM_BONES = 2 + 3 * NUM_FINGERS
FOREARM, PALM = 0, 1

# Base joint of each finger, direction of its three bones, direction of its nail, bone lengths.
_BASE = np.array(
    [[-2.0, 1.9, -0.7], [-2.55, 8.9, 0.1], [-0.35, 9.2, 0.25], [1.75, 8.6, 0.1], [3.5, 7.5, -0.25]]
)
_DIRECTION = np.array(
    [
        [[-0.66, 0.70, -0.28], [-0.50, 0.85, -0.18], [-0.40, 0.90, -0.12]],
        [[-0.17, 0.985, 0.0]] * 3,
        [[-0.02, 1.0, 0.0]] * 3,
        [[0.13, 0.99, 0.0]] * 3,
        [[0.29, 0.957, -0.02]] * 3,
    ]
)
_NAIL = np.array([[-0.62, 0, 0.78], [-0.1, 0, 1.0], [0, 0, 1.0], [0.1, 0, 1.0], [0.2, 0, 1.0]])
_LENGTH = np.array(
    [[4.4, 3.3, 2.7], [4.5, 2.6, 2.2], [5.0, 3.0, 2.35], [4.6, 2.8, 2.3], [3.6, 2.1, 2.0]]
)

# Half thickness at the base joint, at the two next joints and at the finger tip.
RADII = np.array(
    [
        [1.25, 1.08, 0.98, 0.72],
        [1.02, 0.90, 0.79, 0.62],
        [1.04, 0.93, 0.81, 0.64],
        [0.98, 0.87, 0.77, 0.61],
        [0.86, 0.74, 0.65, 0.52],
    ]
)


def finger_bone(finger: int, phalanx: int) -> int:
    """Return the number of the bone that is the given phalanx (0, 1 or 2) of a finger (0 to 4)."""
    return 2 + 3 * finger + phalanx


@lru_cache(maxsize=1)
def rest_skeleton() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rest pose.

    Returns:
        ``chains`` of shape (5, 4, 3): for each finger the base joint, the two next joints and the
        tip; ``frames`` of shape (5, 3, 3, 3): for each bone a rotation whose columns are its
        x (bending axis), y (along the bone) and z (towards the nail) axes in the hand frame; and
        ``lengths`` of shape (5, 3). Centimetres.
    """
    y = _DIRECTION / np.linalg.norm(_DIRECTION, axis=-1, keepdims=True)
    x = np.cross(y, _NAIL[:, None])
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    frames = np.stack([x, y, np.cross(x, y)], axis=-1)
    steps = y * _LENGTH[..., None]
    chains = np.concatenate([_BASE[:, None], _BASE[:, None] + np.cumsum(steps, axis=1)], axis=1)
    for array in (chains, frames):
        array.flags.writeable = False
    return chains, frames, _LENGTH
