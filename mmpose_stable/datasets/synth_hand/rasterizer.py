"""A z-buffer for meshes of small triangles, vectorised over all candidate pixels at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fragments:
    """What is seen of a mesh, one entry for each covered pixel.

    Attributes:
        pixels: (P,), flat row-major pixel index, unique.
        triangles: (P,), the nearest triangle at that pixel.
        barycentric: (P, 3), weights of its corners, corrected for perspective.
        depth: (P,), distance along the optical axis.
    """

    pixels: np.ndarray
    triangles: np.ndarray
    barycentric: np.ndarray
    depth: np.ndarray

    def interpolate(self, values: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Interpolate vertex values (V, C) of a mesh with triangles (T, 3); returns (P, C)."""
        corners = triangles[self.triangles]
        out = self.barycentric[:, 0, None] * values[corners[:, 0]]
        out += self.barycentric[:, 1, None] * values[corners[:, 1]]
        out += self.barycentric[:, 2, None] * values[corners[:, 2]]
        return out


def rasterize(
    points: np.ndarray, depth: np.ndarray, triangles: np.ndarray, size: tuple[int, int]
) -> Fragments:
    """Find the nearest triangle at each pixel centre.

    Args:
        points: (V, 2), projected vertices in pixels, pixel centres at integers, y down.
        depth: (V,), positive distances along the optical axis.
        triangles: (T, 3), counter-clockwise seen from outside in a frame with x right, y down and
            z away from the camera; those that face away are not drawn.
        size: Width and height of the image.

    Returns:
        The covered pixels.
    """
    width, height = size
    corner = points.astype(np.float32)[triangles]
    x, y = corner[..., 0], corner[..., 1]
    # Twice the signed area, negative for triangles that face the camera.
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    left = np.maximum(np.ceil(x.min(axis=1)), 0)
    right = np.minimum(np.floor(x.max(axis=1)), width - 1)
    top = np.maximum(np.ceil(y.min(axis=1)), 0)
    bottom = np.minimum(np.floor(y.max(axis=1)), height - 1)
    kept = np.flatnonzero((area < -1e-6) & (left <= right) & (top <= bottom))

    x, y, area = x[kept], y[kept], area[kept]
    left, top = left[kept].astype(np.int32), top[kept].astype(np.int32)
    columns = right[kept].astype(np.int32) - left + 1
    count = columns * (bottom[kept].astype(np.int32) - top + 1)
    owner = np.repeat(np.arange(len(kept)), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    row, column = np.divmod(step.astype(np.int32), columns[owner])
    px, py = left[owner] + column, top[owner] + row

    # Each weight is a linear function of the pixel: slope in x, slope in y, value at corner 0.
    edges = np.stack(
        [y[:, 2] - y[:, 0], x[:, 0] - x[:, 2], y[:, 0] - y[:, 1], x[:, 1] - x[:, 0]], axis=1
    )
    edges = np.column_stack([edges / area[:, None], x[:, 0], y[:, 0]])[owner]
    dx, dy = px - edges[:, 4], py - edges[:, 5]
    second = dx * edges[:, 0] + dy * edges[:, 1]
    third = dx * edges[:, 2] + dy * edges[:, 3]
    first = 1 - second - third
    # A hair of overlap keeps pixels exactly on a shared edge from falling between two triangles.
    hit = np.flatnonzero((first >= -1e-4) & (second >= -1e-4) & (third >= -1e-4))

    found = kept[owner[hit]]
    inverse = 1 / depth.astype(np.float32)[triangles[found]]
    weights = np.stack([first[hit], second[hit], third[hit]], axis=1) * inverse
    nearness = weights.sum(axis=1)
    flat = py[hit] * width + px[hit]
    order = np.argsort(nearness, kind='stable')
    nearest = np.full(width * height, -1)
    # Assignments are made in order, so the nearest, which comes last, stays.
    nearest[flat[order]] = order
    pixels = np.flatnonzero(nearest >= 0)
    chosen = nearest[pixels]
    near = nearness[chosen]
    return Fragments(pixels, found[chosen], weights[chosen] / near[:, None], 1 / near)
