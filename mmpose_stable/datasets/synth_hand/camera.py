"""Viewpoints: how the hand is turned, how far away it is and where it lies in the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmpose_stable.datasets.synth_hand.kinematics import rotation_x, rotation_y, rotation_z

# Hand frame (x right, y up, z out of the back) seen from the back, to camera axes (y down, z away).
_FACING = np.diag([1.0, -1.0, -1.0])
_MARGIN = 0.03
VIEWS = ('all', 'palm')


@dataclass(frozen=True)
class View:
    """A camera.

    Attributes:
        rotation: (3, 3), hand frame to camera frame (x right, y down, z away from the camera).
        distance: From the camera to the middle of the hand, cm.
        extent: Share of the picture's shorter side that the keypoints span.
        place: (2,), where the keypoints' box lies in its free room, 0 to 1 in x and y.
    """

    rotation: np.ndarray
    distance: float
    extent: float
    place: np.ndarray


def sample_view(rng: np.random.Generator, forearm_axis: np.ndarray, views: str = 'all') -> View:
    """Draw a viewpoint; never one where the forearm comes at the camera and hides the hand.

    That holds for right hands. Left hands are mirrored afterwards with the axis of a right one, and
    of these one in twenty has the forearm come at the camera: so are the pictures that the saved
    results were measured on.

    Args:
        rng: Source of randomness.
        forearm_axis: (3,), unit vector from wrist to elbow in the hand frame.
        views: 'all' directions, or 'palm': upright, the palm towards the camera.
    """
    rotate = _palm_rotation if views == 'palm' else _any_rotation(rng)
    for _ in range(8):
        rotation = rotate(rng)
        if (rotation @ forearm_axis)[2] > -0.5:
            break
    else:
        rotation = _FACING
    return View(
        rotation=rotation,
        distance=float(rng.uniform(38, 95)),
        extent=float(rng.uniform(0.48, 0.82)),
        place=rng.beta(2.0, 2.0, size=2),
    )


def _any_rotation(rng: np.random.Generator) -> Callable[[np.random.Generator], np.ndarray]:
    """Choose how to draw a rotation: of upright hands twice as often as of hands held anyhow."""
    return _upright_rotation if rng.random() < 0.65 else _free_rotation


def _upright_rotation(rng: np.random.Generator) -> np.ndarray:
    turn, lean = rng.uniform(-np.pi, np.pi), rng.normal(0, 0.45)
    return _held_up(turn, lean, roll=rng.normal(0, 0.6))


def _palm_rotation(rng: np.random.Generator) -> np.ndarray:
    turn, lean, roll = rng.normal([np.pi, 0, 0], [0.25, 0.2, 0.25])
    return _held_up(turn, lean, roll)


def _held_up(turn: float, lean: float, roll: float) -> np.ndarray:
    return rotation_z(roll) @ rotation_x(lean) @ _FACING @ rotation_y(turn)


def _free_rotation(rng: np.random.Generator) -> np.ndarray:
    quaternion = rng.normal(size=4)
    return quaternion_rotation(quaternion / np.linalg.norm(quaternion))


def quaternion_rotation(quaternion: np.ndarray) -> np.ndarray:
    """Return the rotation (3, 3) of a unit quaternion (w, x, y, z)."""
    w, x, y, z = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


@dataclass(frozen=True)
class Projection:
    """Hand frame to pixels: x_px = focal * X / Z + centre, pixel centres at integers.

    Attributes:
        rotation: (3, 3) and ``translation`` (3,): hand frame to camera frame, cm.
        focal: Pixels.
        centre: (2,), principal point in pixels; it lies off the picture's middle as in a crop.
    """

    rotation: np.ndarray
    translation: np.ndarray
    focal: float
    centre: np.ndarray

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """Return points (P, 3) of the hand frame in the camera frame, cm."""
        return points @ self.rotation.T + self.translation

    def to_pixels(self, camera_points: np.ndarray) -> np.ndarray:
        """Return camera frame points (P, 3) as pixels (P, 2)."""
        ratio = camera_points[:, :2] / camera_points[:, 2:]
        return ratio * ratio.dtype.type(self.focal) + self.centre.astype(ratio.dtype)


def place_in_picture(
    view: View, keypoints: np.ndarray, size: tuple[int, int], mirrored: bool
) -> Projection:
    """Choose focal length and principal point so that all keypoints lie in the picture.

    Args:
        view: The viewpoint.
        keypoints: (K, 3), hand frame, cm.
        size: Width and height in pixels. The picture scales with the shorter side.
        mirrored: Whether the hand is a left hand, i.e. mirrored in x of its own frame.

    Returns:
        The projection, which mirrors the hand first if asked to.
    """
    rotation = view.rotation @ np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0])
    middle = rotation @ keypoints.mean(axis=0)
    translation = np.array([0, 0, view.distance]) - middle
    camera = keypoints @ rotation.T + translation
    flat = camera[:, :2] / camera[:, 2:]
    low, high = flat.min(axis=0), flat.max(axis=0)
    shorter = min(size)
    focal = view.extent * shorter / (high - low).max()
    margin = _MARGIN * shorter
    room = np.array(size) - 2 * margin - focal * (high - low)
    # Subtracting half a pixel moves from pixel edges at integers to pixel centres at integers.
    centre = margin + view.place * room - focal * low - 0.5
    return Projection(rotation, translation, float(focal), centre)
