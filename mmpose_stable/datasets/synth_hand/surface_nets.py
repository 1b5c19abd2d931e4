"""Turn an implicit surface into a triangle mesh (naive surface nets)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_CORNERS = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing='ij'), axis=-1).reshape(-1, 3)
# Pairs of cell corners that differ in one coordinate.
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count('1') == 1]


def surface_nets(
    field: np.ndarray, origin: np.ndarray, spacing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Extract the zero level of a sampled field, negative inside.

    Gibson, "Constrained elastic surface nets", MICCAI 1998, without the relaxation: one vertex in
    each cell the surface crosses, one quad across each grid edge it crosses.

    Args:
        field: (X, Y, Z) samples; the surface must not reach the border of the grid.
        origin: (3,) position of sample (0, 0, 0).
        spacing: Distance between samples.

    Returns:
        Vertices of shape (V, 3) and triangles of shape (T, 3), counter-clockwise from outside.
    """
    inside = field < 0
    cells = tuple(n - 1 for n in field.shape)
    corner_values = np.stack(
        [field[i : i + cells[0], j : j + cells[1], k : k + cells[2]] for i, j, k in _CORNERS], -1
    )
    corner_inside = corner_values < 0
    crossed = corner_inside.any(-1) & ~corner_inside.all(-1)
    index = np.full(cells, -1)
    index[crossed] = np.arange(crossed.sum())

    values = corner_values[crossed]
    total = np.zeros((len(values), 3))
    count = np.zeros((len(values), 1))
    for a, b in _EDGES:
        hit = (values[:, a] < 0) != (values[:, b] < 0)
        share = np.where(hit, values[:, a] / np.where(hit, values[:, a] - values[:, b], 1), 0)
        point = _CORNERS[a] + share[:, None] * (_CORNERS[b] - _CORNERS[a])
        total += point * hit[:, None]
        count += hit[:, None]
    vertices = origin + spacing * (np.argwhere(crossed) + total / count)

    quads = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        lower = np.take(inside, range(field.shape[axis] - 1), axis)
        upper = np.take(inside, range(1, field.shape[axis]), axis)
        at = np.argwhere(lower != upper)
        ring = []
        for du, dv in ((1, 1), (0, 1), (0, 0), (1, 0)):
            cell = at.copy()
            cell[:, u] -= du
            cell[:, v] -= dv
            ring.append(index[tuple(cell.T)])
        quad = np.stack(ring, axis=1)
        outward = lower[tuple(at.T)]
        quads.append(np.where(outward[:, None], quad, quad[:, ::-1]))
    quad = np.concatenate(quads)
    return vertices, np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def project_to_surface(
    points: np.ndarray, field: Callable[[np.ndarray], np.ndarray], steps: int = 3
) -> np.ndarray:
    """Move points (V, 3) near a surface onto it by Newton steps along the field's gradient."""
    for _ in range(steps):
        value, gradient = field(points), field_gradient(points, field)
        points = points - value[:, None] * gradient / (gradient**2).sum(-1, keepdims=True)
    return points


def field_gradient(points: np.ndarray, field: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return central differences of a scalar field at points (V, 3), as (V, 3)."""
    step = 1e-3
    columns = [field(points + step * axis) - field(points - step * axis) for axis in np.eye(3)]
    return np.stack(columns, axis=-1) / (2 * step)


def relax(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Move each vertex (V, 3) half way to the mean of its neighbours, to even out the triangles."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    total = np.zeros_like(vertices)
    count = np.zeros((len(vertices), 1))
    np.add.at(total, edges[:, 0], vertices[edges[:, 1]])
    np.add.at(count, edges[:, 0], 1.0)
    return 0.5 * vertices + 0.5 * total / count
