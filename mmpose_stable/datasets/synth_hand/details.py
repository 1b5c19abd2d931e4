"""Nails and skin creases, painted once into a volume around the rest hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from mmpose_stable.datasets.synth_hand.skeleton import NUM_FINGERS, RADII, rest_skeleton

_LOW = np.array([-7.5, -1.5, -3.2])
_HIGH = np.array([7.5, 19.8, 3.2])
_CELL = 0.08
# Main lines of the palm as (x, y) polylines, in cm.
_PALM_LINES = (
    ((3.9, 6.3), (2.4, 6.3), (0.8, 6.7), (-0.6, 7.6), (-1.2, 8.3)),
    ((-3.0, 7.0), (-1.6, 6.6), (0.2, 5.7), (2.0, 4.4)),
    ((-3.0, 7.0), (-1.5, 6.0), (-0.5, 4.6), (-0.1, 3.0), (-0.3, 1.2)),
)


@dataclass(frozen=True)
class DetailVolume:
    """Skin details by position in the rest hand.

    Attributes:
        values: (X, Y, Z, 2) uint8: nail and crease strength, 0 to 255.
        low: (3,), rest position of cell (0, 0, 0), cm.
        cell: Cell size, cm.
    """

    values: np.ndarray
    low: np.ndarray
    cell: float

    def sample(self, points: np.ndarray) -> np.ndarray:
        """Return nail and crease strength, 0 to 1, at rest positions (P, 3), as (P, 2)."""
        flat = np.zeros(len(points), dtype=np.int32)
        for axis, (low, count) in enumerate(zip(self.low, self.values.shape[:3], strict=True)):
            cell = (points[:, axis] - (low - self.cell / 2)) * np.float32(1 / self.cell)
            flat *= count
            flat += np.minimum(np.maximum(cell, 0), count - 1).astype(np.int32)
        return np.take(self.values.reshape(-1, 2), flat, axis=0) * np.float32(1 / 255)


class _Canvas:
    """A volume that features are painted into, box by box; the strongest paint wins."""

    def __init__(self) -> None:
        self.size = np.ceil((_HIGH - _LOW) / _CELL).astype(int) + 1
        self.values = np.zeros((*self.size, 2), dtype=np.uint8)

    def box(self, low: np.ndarray, high: np.ndarray) -> tuple[tuple[slice, ...], np.ndarray]:
        """Return the slices of a box and the positions of its cells, (x, y, z, 3)."""
        first = np.clip(np.floor((low - _LOW) / _CELL).astype(int), 0, self.size)
        last = np.clip(np.ceil((high - _LOW) / _CELL).astype(int) + 1, 0, self.size)
        axes = [a + _CELL * np.arange(i, j) for a, i, j in zip(_LOW, first, last, strict=True)]
        slices = tuple(slice(i, j) for i, j in zip(first, last, strict=True))
        return slices, np.stack(np.meshgrid(*axes, indexing='ij'), axis=-1)

    def paint(self, slices: tuple[slice, ...], channel: int, strength: np.ndarray) -> None:
        """Put paint of strength 0 to 1 into one channel of a box."""
        target = self.values[(*slices, channel)]
        np.maximum(target, (255 * np.clip(strength, 0, 1)).astype(np.uint8), out=target)


def _paint_nail(canvas: _Canvas, finger: int) -> None:
    chains, frames, lengths = rest_skeleton()
    frame, length, radius = frames[finger, 2], lengths[finger, 2], RADII[finger, 3]
    centre = chains[finger, 2] + 0.70 * length * frame[:, 1]
    slices, cells = canvas.box(centre - 1.6, centre + 1.6)
    x, y, z = np.moveaxis((cells - centre) @ frame, -1, 0)
    outline = (np.abs(x / (0.80 * radius)) ** 3 + np.abs(y / (0.27 * length)) ** 3) ** (1 / 3)
    canvas.paint(slices, 0, np.clip((1.12 - outline) / 0.24, 0, 1) * (z > 0.05))


def _paint_joint_creases(canvas: _Canvas, finger: int) -> None:
    chains, frames, lengths = rest_skeleton()
    for joint in (1, 2):
        centre, frame = chains[finger, joint], frames[finger, joint]
        radius = RADII[finger, joint]
        slices, cells = canvas.box(centre - 1.9 * radius, centre + 1.9 * radius)
        x, y, z = np.moveaxis((cells - centre) @ frame, -1, 0)
        near = np.clip(3.0 - 2.0 * np.hypot(x, z) / radius, 0, 1)
        palm = np.clip(0.5 - 2 * z / radius, 0, 1)
        inside = np.exp(-(((y + 0.12 * np.abs(x)) / 0.09) ** 2))
        canvas.paint(slices, 1, near * palm * inside)
        back = np.clip(2 * z / radius - 0.7, 0, 1)
        for shift, strength in ((-0.24, 0.45), (0.0, 0.6), (0.24, 0.45)):
            bow = y - shift * (1 - 0.3 * (x / radius) ** 2)
            canvas.paint(slices, 1, strength * near * back * np.exp(-((bow / 0.08) ** 2)))
    if finger:
        frame = frames[finger, 0]
        radius = RADII[finger, 0]
        centre = chains[finger, 0] + 0.42 * lengths[finger, 0] * frame[:, 1]
        slices, cells = canvas.box(centre - 1.7 * radius, centre + 1.7 * radius)
        x, y, z = np.moveaxis((cells - centre) @ frame, -1, 0)
        near = np.clip(3.0 - 2.0 * np.hypot(x, z) / radius, 0, 1)
        palm = np.clip(0.3 - 2 * z / radius, 0, 1)
        canvas.paint(slices, 1, near * palm * np.exp(-((y / 0.10) ** 2)))


def _paint_palm_lines(canvas: _Canvas) -> None:
    slices, cells = canvas.box(np.array([-5.0, 0.5, -3.2]), np.array([5.0, 9.5, -0.4]))
    plane = cells[:, :, 0, :2]
    nearest = np.full(plane.shape[:2], np.inf)
    for line in _PALM_LINES:
        corners = np.array(line)
        for start, end in pairwise(corners):
            axis = end - start
            share = np.clip((plane - start) @ axis / (axis @ axis), 0, 1)
            gap = np.linalg.norm(plane - start - share[..., None] * axis, axis=-1)
            nearest = np.minimum(nearest, gap)
    strength = np.exp(-((nearest / 0.11) ** 2))
    canvas.paint(slices, 1, np.broadcast_to(strength[..., None], cells.shape[:3]))


@lru_cache(maxsize=1)
def detail_volume() -> DetailVolume:
    """Return the painted volume, built once in each process."""
    canvas = _Canvas()
    for finger in range(NUM_FINGERS):
        _paint_nail(canvas, finger)
        _paint_joint_creases(canvas, finger)
    _paint_palm_lines(canvas)
    return DetailVolume(canvas.values, _LOW.astype(np.float32), _CELL)
