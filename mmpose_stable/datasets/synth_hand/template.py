"""The rest hand as a skinned triangle mesh, built once in each process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import sparse

from mmpose_stable.datasets.synth_hand.anatomy import (
    FOREARM_MODELLED,
    finger_distance,
    hand_distance,
    palm_distance,
)
from mmpose_stable.datasets.synth_hand.kinematics import PosedHand
from mmpose_stable.datasets.synth_hand.skeleton import (
    FOREARM,
    NUM_BONES,
    NUM_FINGERS,
    PALM,
    RADII,
    finger_bone,
    rest_skeleton,
)
from mmpose_stable.datasets.synth_hand.surface_nets import (
    field_gradient,
    project_to_surface,
    relax,
    surface_nets,
)

NUM_SKIN_BONES = NUM_BONES + 3 * NUM_FINGERS + 1
HALF_WRIST = NUM_SKIN_BONES - 1
# A finger is about 11 triangles around at this grid spacing (cm).
_SPACING = 0.5
_STRETCH_FROM, _STRETCH_BY = -3.0, 5.5
# Over how many cm the skin changes from one ray of the hand to the next.
_RAY_BLEND = 0.3


@dataclass(frozen=True)
class HandTemplate:
    """The rest hand's surface.

    Attributes:
        vertices: (V, 3), rest hand frame in cm; also the texture coordinate of the skin.
        triangles: (T, 3), counter-clockwise seen from outside.
        normals: (V, 3), outward.
        weights: (V, 33) sparse, share of each skin bone in each vertex.
        corners: (V, T) sparse, one where a triangle touches a vertex.
        palm_side: (V,), 1 on the palm side, 0 on the back of the hand.
        flush: (V,), how much redder than elsewhere the skin is.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    normals: np.ndarray
    weights: sparse.csr_matrix
    corners: sparse.csr_matrix
    palm_side: np.ndarray
    flush: np.ndarray


def half_joint(finger: int, joint: int) -> int:
    """Return the skin bone that is bent half way at a joint (0, 1, 2) of a finger."""
    return NUM_BONES + 3 * finger + joint


def _ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _split(weights: np.ndarray, share: np.ndarray, parent: int, half: int, child: int) -> None:
    """Pass the parent's weight on to the child through the half-bent bone, in place."""
    whole = weights[:, parent].copy()
    weights[:, parent] = whole * (1 - share) ** 2
    weights[:, half] = whole * 2 * share * (1 - share)
    weights[:, child] = whole * share**2


def skin_weights(points: np.ndarray) -> np.ndarray:
    """Return the share of each skin bone at points (V, 3) of the rest surface, (V, 33)."""
    chains, frames, _ = rest_skeleton()
    distances = [finger_distance(points, finger) for finger in range(NUM_FINGERS)]
    # The ball of the thumb follows the thumb rather than the palm it is part of.
    distances[0] = distances[0] - 0.35
    rays = np.stack([*distances, palm_distance(points)], axis=1)
    rays = np.exp(-(rays - rays.min(axis=1, keepdims=True)) / _RAY_BLEND)
    rays /= rays.sum(axis=1, keepdims=True)

    total = np.zeros((len(points), NUM_SKIN_BONES))
    total[:, PALM] = rays[:, -1]
    for finger in range(NUM_FINGERS):
        weights = np.zeros_like(total)
        weights[:, PALM] = 1.0
        parent = PALM
        for k in range(3):
            before = frames[finger, max(k - 1, 0), :, 1]
            across = before + frames[finger, k, :, 1]
            along = (points - chains[finger, k]) @ (across / np.linalg.norm(across))
            width = RADII[finger, k] * (1.3 if k == 0 else 0.85)
            share = np.clip(0.5 + along / (2 * width), 0, 1)
            child = finger_bone(finger, k)
            _split(weights, share, parent, half_joint(finger, k), child)
            parent = child
        total += rays[:, finger, None] * weights
    share = np.clip(0.5 - points[:, 1] / 4.0, 0, 1)
    _split(total, share, PALM, HALF_WRIST, FOREARM)
    return total


def _palm_side(points: np.ndarray, normals: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return how far each vertex faces the palm side of the bone it belongs to, 0 to 1."""
    _, frames, _ = rest_skeleton()
    nail = np.tile([0.0, 0.0, 1.0], (NUM_SKIN_BONES, 1))
    nail[2:NUM_BONES] = frames[..., 2].reshape(-1, 3)
    nail[NUM_BONES:HALF_WRIST] = frames[..., 2].reshape(-1, 3)
    facing = (normals * (weights @ nail)).sum(axis=1)
    return _ramp(-facing, -0.35, 0.45)


def _flush(points: np.ndarray, palm_side: np.ndarray) -> np.ndarray:
    """Return extra redness at finger tips, knuckles and the balls of the hand, 0 to 1."""
    chains, frames, _ = rest_skeleton()
    flush = np.zeros(len(points))
    for finger in range(NUM_FINGERS):
        radii = RADII[finger]
        tip = chains[finger, 3] - 0.5 * frames[finger, 2, :, 1]
        spots = [(tip, 1.3 * radii[3], 1.0), (chains[finger, 1], 0.9, 0.45)]
        spots += [(chains[finger, 2], 0.7, 0.35)]
        spots += [(chains[finger, 0], 1.2, 0.4)] if finger else []
        for centre, size, strength in spots:
            gap = ((points - centre) ** 2).sum(axis=1)
            flush += strength * np.exp(-gap / (2 * size**2))
    for centre in ((-3.2, 3.6, -2.2), (2.6, 3.4, -2.2)):
        flush += 0.6 * palm_side * np.exp(-((points - centre) ** 2).sum(axis=1) / 4.5)
    return np.clip(flush, 0, 1)


@lru_cache(maxsize=1)
def hand_template() -> HandTemplate:
    """Return the skinned rest hand; the first call takes about two seconds."""
    low = np.array([-8.5, -FOREARM_MODELLED - 3.2, -4.0])
    high = np.array([7.5, 20.5, 4.0])
    axes = [np.arange(a, b + _SPACING, _SPACING) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing='ij'), axis=-1)
    field = hand_distance(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    vertices, triangles = surface_nets(field, low, _SPACING)
    for _ in range(2):
        vertices = project_to_surface(relax(vertices, triangles), hand_distance, steps=2)
    normals = field_gradient(vertices, hand_distance)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    weights = skin_weights(vertices)
    palm_side = _palm_side(vertices, normals, weights)
    flush = _flush(vertices, palm_side)

    below = vertices[:, 1] < _STRETCH_FROM
    vertices[below, 1] = _STRETCH_FROM + _STRETCH_BY * (vertices[below, 1] - _STRETCH_FROM)
    count = len(triangles)
    corners = sparse.csr_matrix(
        (np.ones(3 * count, np.float32), (triangles.T.ravel(), np.tile(np.arange(count), 3))),
        shape=(len(vertices), count),
    )
    weights[weights < 1e-3] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return HandTemplate(
        vertices=vertices.astype(np.float32),
        triangles=triangles,
        normals=normals.astype(np.float32),
        weights=sparse.csr_matrix(weights.astype(np.float32)),
        corners=corners,
        palm_side=palm_side.astype(np.float32),
        flush=flush.astype(np.float32),
    )


def vertex_normals(
    points: np.ndarray, triangles: np.ndarray, corners: sparse.csr_matrix
) -> np.ndarray:
    """Return outward normals (V, 3), not of unit length, of a mesh by summing its triangles'.

    Args:
        points: (V, 3).
        triangles: (T, 3).
        corners: (V, T), see :class:`HandTemplate`.
    """
    x, y, z = np.ascontiguousarray(points.T)
    first, second, third = triangles.T
    (ux, uy, uz), (vx, vy, vz) = (
        (x[end] - x[first], y[end] - y[first], z[end] - z[first]) for end in (second, third)
    )
    cross = np.stack([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx], axis=1)
    return corners @ cross


def skin(
    template: HandTemplate,
    hand: PosedHand,
    swelling: np.ndarray,
    rotation: np.ndarray,
    translation: np.ndarray,
) -> np.ndarray:
    """Return the vertices (V, 3) of a posed right hand by linear blend skinning.

    Args:
        template: The rest hand.
        hand: Skin transforms, see :class:`PosedHand`.
        swelling: (V,), how far each vertex moves out along its rest normal first, in cm.
        rotation: (3, 3), hand frame to the frame of the result.
        translation: (3,), added after turning, cm.

    Returns:
        Vertices, cm, float32.
    """
    # Turning 33 bones is cheaper than turning thousands of vertices.
    linear = rotation @ hand.skin_linear
    offset = hand.skin_offset @ rotation.T + translation
    packed = np.concatenate([linear.reshape(-1, 9), offset], axis=1).astype(np.float32)
    # A sparse product runs in one thread, so the bytes do not depend on the BLAS in use.
    blended = template.weights @ packed
    rest = template.vertices + swelling[:, None].astype(np.float32) * template.normals
    posed = np.einsum('vij,vj->vi', blended[:, :9].reshape(-1, 3, 3), rest)
    posed += blended[:, 9:]
    return posed
