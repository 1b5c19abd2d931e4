"""Random hand shapes and poses: named gestures, mixed with each other and with free motion."""

from __future__ import annotations

import numpy as np

from mmpose_stable.datasets.synth_hand.kinematics import HandPose, HandShape
from mmpose_stable.datasets.synth_hand.skeleton import NUM_FINGERS

# Degrees. Fingers: bending of the base, middle and end joint at full curl.
_FULL_CURL = np.array([84.0, 104.0, 66.0])
_THUMB_LOW = np.array([-12.0, -12.0, -18.0])
_THUMB_HIGH = np.array([42.0, 58.0, 78.0])
_FINGER_LOW = np.array([-18.0, -4.0, -6.0])
_FINGER_HIGH = np.array([90.0, 110.0, 75.0])
# The rest hand is spread; this many degrees sideways bring its fingers side by side.
_CLOSING = np.array([0.0, -7.5, 0.0, 6.0, 13.0])

# Thumb: bending of its three joints, sideways turn, twist.
_THUMBS = {
    'out': (0, 0, -4, 6, 0),
    'relaxed': (10, 12, 14, -10, 8),
    'beside': (0, 6, 8, -27, 0),
    'across': (14, 54, 70, -27, 2),
    'over_fist': (22, 38, 62, -7, 0),
    'opposed': (31, 18, 30, -6, 25),
    'pinching': (33, 3, 10, -10, 28),
    'up': (-8, 0, -10, 12, 0),
}
# Gesture: curl of the four fingers (0 straight, 1 closed), thumb, spread of the fingers
# (0 side by side, 1 wide), how often it is drawn.
_GESTURES = {
    'open': ((0.02, 0.0, 0.02, 0.04), 'out', 1.0, 1.6),
    'flat': ((0.03, 0.03, 0.03, 0.05), 'beside', 0.0, 1.2),
    'relaxed': ((0.18, 0.25, 0.30, 0.32), 'relaxed', 0.4, 1.8),
    'fist': ((0.98, 1.0, 1.0, 1.0), 'over_fist', 0.0, 1.0),
    'thumb_up': ((0.97, 1.0, 1.0, 1.0), 'up', 0.0, 0.8),
    'point': ((0.0, 0.92, 0.98, 1.0), 'over_fist', 0.2, 1.1),
    'gun': ((0.0, 0.92, 0.98, 1.0), 'up', 0.2, 0.5),
    'two': ((0.0, 0.0, 0.95, 0.98), 'across', 1.0, 0.9),
    'three': ((0.0, 0.0, 0.02, 0.95), 'across', 0.9, 0.6),
    'four': ((0.0, 0.0, 0.0, 0.02), 'across', 0.9, 0.6),
    'call': ((0.9, 0.95, 0.9, 0.02), 'out', 0.6, 0.5),
    'horns': ((0.0, 0.92, 0.92, 0.0), 'across', 0.5, 0.5),
    'pinch': ((0.52, 0.32, 0.24, 0.16), 'pinching', 0.4, 1.0),
    'pinch_closed': ((0.53, 0.72, 0.84, 0.90), 'pinching', 0.2, 0.6),
    'grip': ((0.50, 0.52, 0.54, 0.55), 'opposed', 0.4, 1.0),
    'claw': ((0.38, 0.40, 0.40, 0.38), 'out', 0.9, 0.5),
}
_NAMES = tuple(_GESTURES)


def gesture(name: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Return flexion (5, 3), abduction (5,) and thumb twist of a named gesture, in degrees."""
    curls, thumb, spread, _ = _GESTURES[name]
    flexion = np.empty((NUM_FINGERS, 3))
    flexion[1:] = np.array(curls)[:, None] * _FULL_CURL
    flexion[0] = _THUMBS[thumb][:3]
    abduction = np.array([float(_THUMBS[thumb][3]), 0, 0, 0, 0])
    abduction[1:] = finger_abduction(np.array(curls), spread)
    return flexion, abduction, float(_THUMBS[thumb][4])


def finger_abduction(curls: np.ndarray, spread: float) -> np.ndarray:
    """Return the sideways turn (4,) of the fingers in degrees: bent fingers cannot spread."""
    wide = np.array([4.0, 0.5, -3.0, -4.0])
    open_share = spread * np.clip(1 - curls, 0, 1)
    return _CLOSING[1:] * (1 - open_share) + wide * open_share


def _free_pose(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Fingers curl each for itself, the end joint following the middle one as tendons make it."""
    common = rng.uniform(0, 1)
    curls = np.clip(common + rng.normal(0, 0.28, 4), 0, 1)
    base = np.clip(curls + rng.normal(0, 0.22, 4), -0.15, 1.05)
    flexion = np.empty((NUM_FINGERS, 3))
    flexion[1:, 0] = base * _FULL_CURL[0]
    flexion[1:, 1] = curls * _FULL_CURL[1]
    flexion[1:, 2] = curls * _FULL_CURL[2] * rng.uniform(0.7, 1.1)
    thumbs = [np.array(angles, float) for angles in _THUMBS.values()]
    mix = rng.dirichlet(np.full(len(thumbs), 0.5))
    thumb = sum(share * angles for share, angles in zip(mix, thumbs, strict=True))
    flexion[0] = thumb[:3]
    abduction = np.concatenate([thumb[3:4], finger_abduction(base, rng.uniform(0, 1))])
    return flexion, abduction, float(thumb[4])


def _gesture_mix(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """A gesture, or one on its way to another."""
    often = np.array([_GESTURES[name][3] for name in _NAMES])
    first, second = rng.choice(len(_NAMES), size=2, p=often / often.sum())
    share = rng.beta(0.35, 0.9) * 0.6
    a, b = gesture(_NAMES[first]), gesture(_NAMES[second])
    return tuple((1 - share) * p + share * q for p, q in zip(a, b, strict=True))


def sample_pose(rng: np.random.Generator) -> HandPose:
    """Draw joint angles: two thirds gestures, one third free, always within natural limits."""
    flexion, abduction, twist = _gesture_mix(rng) if rng.random() < 0.67 else _free_pose(rng)
    flexion = flexion + rng.normal(0, 4.0, flexion.shape) * [1.0, 1.0, 0.7]
    abduction = abduction + rng.normal(0, 1.5, abduction.shape)
    low = np.concatenate([_THUMB_LOW[None], np.tile(_FINGER_LOW, (4, 1))])
    high = np.concatenate([_THUMB_HIGH[None], np.tile(_FINGER_HIGH, (4, 1))])
    wrist = rng.normal(0, [17.0, 8.0]).clip([-45, -20], [45, 15])
    return HandPose(
        flexion=np.deg2rad(np.clip(flexion, low, high)),
        abduction=np.deg2rad(np.clip(abduction, -30, 16)),
        thumb_twist=float(np.deg2rad(np.clip(twist + rng.normal(0, 3), -10, 40))),
        wrist=np.deg2rad(wrist),
    )


def sample_shape(rng: np.random.Generator) -> HandShape:
    """Draw the build of one person's hand."""
    slender = rng.normal(0, 0.05)
    palm = np.array([1 - slender, 1.0, 1 - 0.7 * slender]) + rng.normal(0, [0.025, 0.03, 0.03])
    lengths = (1 + rng.normal(0, 0.05)) * (1 + rng.normal(0, 0.02, (NUM_FINGERS, 1)))
    lengths = lengths * (1 + rng.normal(0, 0.02, (NUM_FINGERS, 3)))
    thickness = (1 - 1.3 * slender + rng.normal(0, 0.03)) * (1 + rng.normal(0, 0.015, NUM_FINGERS))
    return HandShape(
        palm=palm.clip(0.85, 1.15),
        lengths=lengths.clip(0.82, 1.2),
        thickness=thickness.clip(0.82, 1.2),
        forearm=float(np.clip(1 - slender + rng.normal(0, 0.05), 0.82, 1.2)),
    )
