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
        corners = np.take(triangles, self.triangles, axis=0)
        first, second, third = (np.take(values, corners[:, i], axis=0) for i in range(3))
        first *= self.barycentric[:, 0, None]
        second *= self.barycentric[:, 1, None]
        third *= self.barycentric[:, 2, None]
        first += second
        first += third
        return first


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
    px, py = np.ascontiguousarray(points.T, dtype=np.float32)
    (x0, x1, x2), (y0, y1, y2) = px[triangles.T], py[triangles.T]
    # Twice the signed area, negative for triangles that face the camera.
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    left = np.maximum(np.ceil(np.minimum(np.minimum(x0, x1), x2)), 0)
    right = np.minimum(np.floor(np.maximum(np.maximum(x0, x1), x2)), width - 1)
    top = np.maximum(np.ceil(np.minimum(np.minimum(y0, y1), y2)), 0)
    bottom = np.minimum(np.floor(np.maximum(np.maximum(y0, y1), y2)), height - 1)
    kept = np.flatnonzero((area < -1e-6) & (left <= right) & (top <= bottom))

    # The weights of corners 1 and 2 are linear functions of the pixel: their slopes in x and y.
    inverse_area = 1 / area[kept]
    ax, ay = (y2 - y0)[kept] * inverse_area, (x0 - x2)[kept] * inverse_area
    bx, by = (y0 - y1)[kept] * inverse_area, (x1 - x0)[kept] * inverse_area
    left, top = left[kept], top[kept]
    a0 = (left - x0[kept]) * ax + (top - y0[kept]) * ay
    b0 = (left - x0[kept]) * bx + (top - y0[kept]) * by

    # Every pixel centre in each triangle's bounding box is a candidate.
    columns = (right[kept] - left + 1).astype(np.int32)
    count = columns * (bottom[kept] - top + 1).astype(np.int32)
    owner = np.repeat(np.arange(len(kept), dtype=np.int32), count)
    step = np.arange(len(owner), dtype=np.int32)
    step -= np.repeat((np.cumsum(count) - count).astype(np.int32), count)
    wide = columns[owner]
    row = step // wide
    column = step - row * wide
    across, down = column.astype(np.float32), row.astype(np.float32)
    second = a0[owner] + across * ax[owner] + down * ay[owner]
    third = b0[owner] + across * bx[owner] + down * by[owner]
    # A hair of overlap keeps pixels exactly on a shared edge from falling between two triangles.
    hit = np.flatnonzero((second >= -1e-4) & (third >= -1e-4) & (second + third <= 1 + 1e-4))

    owner, second, third = owner[hit], second[hit], third[hit]
    pixel = (top.astype(np.int32) * width + left.astype(np.int32))[owner]
    pixel += row[hit] * width + column[hit]
    found = kept[owner]
    inverse = (1 / depth.astype(np.float32))[triangles.T[:, kept]]
    weights = np.stack([1 - second - third, second, third]) * inverse[:, owner]
    nearness = weights[0] + weights[1] + weights[2]
    chosen_at = np.full(width * height, -1)
    buffer = np.zeros(width * height, dtype=nearness.dtype)
    rival = np.arange(len(pixel))
    # Each pass puts one of the rivals that are nearer than what is there into each pixel; there
    # are as many passes as layers at most, which is less work than sorting by depth.
    while len(rival):
        chosen_at[pixel[rival]] = rival
        buffer[pixel[rival]] = nearness[rival]
        rival = rival[nearness[rival] > buffer[pixel[rival]]]
    pixels = np.flatnonzero(chosen_at >= 0)
    chosen = chosen_at[pixels]
    near = 1 / nearness[chosen]
    return Fragments(pixels, found[chosen], (weights[:, chosen] * near).T, near)
