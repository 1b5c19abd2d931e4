"""The rest hand as a signed distance: tapered capsules joined smoothly into one skin."""

from __future__ import annotations

import numpy as np

from mmpose_stable.datasets.synth_hand.skeleton import NUM_FINGERS, RADII, rest_skeleton

# The forearm is modelled this much shorter than it is drawn, so that it costs few triangles.
FOREARM_MODELLED = 7.5


def tapered_capsule(
    points: np.ndarray, start: np.ndarray, end: np.ndarray, start_radius: float, end_radius: float
) -> np.ndarray:
    """Return the (approximate) signed distance of points (P, 3) to a capsule with two radii."""
    axis = end - start
    share = np.clip((points - start) @ axis / (axis @ axis), 0, 1)
    gap = np.linalg.norm(points - start - share[:, None] * axis, axis=1)
    return gap - (start_radius + share * (end_radius - start_radius))


def smooth_union(a: np.ndarray, b: np.ndarray, width: float) -> np.ndarray:
    """Join two distances; within ``width`` of each other they blend (polynomial smooth minimum)."""
    overlap = np.maximum(width - np.abs(a - b), 0) / width
    return np.minimum(a, b) - overlap**2 * width / 4


def finger_distance(points: np.ndarray, finger: int) -> np.ndarray:
    """Return the signed distance of points (P, 3), rest hand frame in cm, to one finger's skin."""
    chains, frames, _ = rest_skeleton()
    joints, radii = chains[finger], RADII[finger]
    tip_axis, palm_side = frames[finger, 2, :, 1], -frames[finger, 2, :, 2]
    # The keypoint of the tip lies at the tip's skin, so the last ball ends before it.
    tip_ball = joints[3] - 0.86 * radii[3] * tip_axis
    distance = tapered_capsule(points, joints[0], joints[1], radii[0], radii[1])
    middle = tapered_capsule(points, joints[1], joints[2], 0.97 * radii[1], radii[2])
    last = tapered_capsule(points, joints[2], tip_ball, 0.97 * radii[2], radii[3])
    distance = smooth_union(distance, middle, 0.3)
    distance = smooth_union(distance, last, 0.3)
    # Pads: soft bellies on the palm side of each bone.
    for k, share in ((2, 0.55), (1, 0.5), (0, 0.55)):
        centre = joints[k] + share * (joints[k + 1] - joints[k])
        half = 0.28 * (joints[k + 1] - joints[k])
        side = palm_side * 0.16 * radii[k]
        radius = 0.93 * (radii[k] + share * (radii[k + 1] - radii[k]))
        pad = tapered_capsule(points, centre - half + side, centre + half + side, radius, radius)
        distance = smooth_union(distance, pad, 0.25)
    return distance


def palm_distance(points: np.ndarray) -> np.ndarray:
    """Return the signed distance of points (P, 3) to the palm with both balls and the webs."""
    chains, _, _ = rest_skeleton()
    base = chains[:, 0]
    carpus = np.array([[-1.5, 0.2, 0.0], [-0.6, 0.2, 0.1], [0.5, 0.2, 0.1], [1.4, 0.2, 0.0]])
    distance = np.full(len(points), np.inf)
    for finger in range(1, NUM_FINGERS):
        ray = tapered_capsule(
            points, carpus[finger - 1], base[finger], 1.35, 0.98 * RADII[finger, 0]
        )
        distance = smooth_union(distance, ray, 1.0)
    # Web skin between neighbouring fingers.
    for finger in range(1, NUM_FINGERS - 1):
        here = chains[finger, 0] + 0.30 * (chains[finger, 1] - chains[finger, 0])
        there = chains[finger + 1, 0] + 0.32 * (chains[finger + 1, 1] - chains[finger + 1, 0])
        drop = np.array([0, 0, -0.12])
        web = tapered_capsule(points, here + drop, there + drop, 0.62, 0.6)
        distance = smooth_union(distance, web, 0.45)
    # Ball of the little finger, then the ball of the thumb.
    heel = tapered_capsule(
        points, np.array([1.7, 1.6, -0.55]), np.array([2.9, 5.2, -0.5]), 1.35, 1.15
    )
    distance = smooth_union(distance, heel, 0.8)
    ball = tapered_capsule(
        points, np.array([-1.2, 1.6, -0.75]), chains[0, 0] + [-1.2, 1.9, -0.35], 1.35, 1.3
    )
    distance = smooth_union(distance, ball, 0.8)
    # The fold of skin between thumb and forefinger.
    fold = tapered_capsule(
        points, np.array([-1.8, 4.6, -0.55]), np.array([-3.7, 4.9, -0.65]), 1.0, 0.62
    )
    return smooth_union(distance, fold, 0.9)


def forearm_distance(points: np.ndarray) -> np.ndarray:
    """Return the signed distance of points (P, 3) to the forearm, wider than it is thick."""
    squash = points * [0.74, 1.0, 1.0]
    start, end = np.array([0, 0.3, 0.0]), np.array([0, -FOREARM_MODELLED, 0.0])
    return tapered_capsule(squash, start, end, 1.85, 2.75) * 1.1


def hand_distance(points: np.ndarray) -> np.ndarray:
    """Return the signed distance of points (P, 3), rest hand frame in cm, to the whole skin."""
    distance = smooth_union(palm_distance(points), forearm_distance(points), 1.2)
    fingers = np.full(len(points), np.inf)
    for finger in range(1, NUM_FINGERS):
        fingers = np.minimum(fingers, finger_distance(points, finger))
    distance = smooth_union(distance, fingers, 0.6)
    return smooth_union(distance, finger_distance(points, 0), 1.0)
