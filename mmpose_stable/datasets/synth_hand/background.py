"""Cluttered backgrounds: gradients, noise, shapes, patterns and things in the colour of skin."""

from __future__ import annotations

import cv2
import numpy as np

from mmpose_stable.datasets.synth_hand.appearance import skin_tone

# From blue to yellow, in BGR: the tint of sun, lamps, wood and sand against sky and shade.
_WARM = np.array([-1.0, 0.1, 0.9])


def _colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a colour (3,); most things are greyish or brownish, some are vivid."""
    grey = rng.uniform(15, 240)
    vivid = 70 if rng.random() < 0.3 else 18
    return np.clip(grey + rng.normal(0, vivid, 3) + rng.normal(0, 8) * _WARM, 5, 250)


def gradient(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Return a picture (H, W, 3) float32 of 0 to 255 blending four random corner colours."""
    wild, tint = rng.uniform(5, 60), rng.uniform(2, 18)
    corners = _colour(rng) + rng.normal(0, wild, (2, 2, 1)) + rng.normal(0, tint, (2, 2, 3))
    corners = corners.astype(np.float32)
    return cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)


def smooth_noise(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Return noise (H, W, 3) float32 of several octaves about zero."""
    total = np.zeros((64, 64, 3), dtype=np.float32)
    strength, shared = rng.uniform(4, 30), rng.uniform(0.6, 1.0)
    for cells in rng.permutation([3, 6, 12, 24, 48])[:3]:
        grid = rng.standard_normal((cells, cells, 3), dtype=np.float32)
        grid = shared * grid[..., :1] + (1 - shared) * grid
        layer = cv2.resize(grid, (64, 64), interpolation=cv2.INTER_CUBIC)
        total += np.float32(strength * (3 / cells) ** 0.4) * layer
    return cv2.resize(total, (width, height), interpolation=cv2.INTER_LINEAR)


def _pattern(rng: np.random.Generator, picture: np.ndarray) -> None:
    """Add stripes or checks, as of cloth, tiles or blinds, in place."""
    height, width = picture.shape[:2]
    angle, period = rng.uniform(0, np.pi), rng.uniform(0.04, 0.3) * min(height, width)
    x = np.arange(width, dtype=np.float32)[None]
    y = np.arange(height, dtype=np.float32)[:, None]
    turn = np.float32(2 * np.pi / period)
    along = np.sin(turn * (np.cos(angle) * x + np.sin(angle) * y))
    if rng.random() < 0.5:
        along = along * np.sin(turn * (np.cos(angle) * y - np.sin(angle) * x))
    if rng.random() < 0.5:
        along = np.sign(along)
    picture += along[..., None].astype(np.float32) * (
        rng.normal(0, 16) + rng.normal(0, 6, 3)
    ).astype(np.float32)


def _point(rng: np.random.Generator, height: int, width: int) -> tuple[int, int]:
    x, y = rng.uniform(-0.1, 1.1, 2) * [width, height]
    return int(x), int(y)


def _shape(rng: np.random.Generator, picture: np.ndarray) -> None:
    """Draw one box, disc, polygon, line or word, in place."""
    height, width = picture.shape[:2]
    unit = min(height, width)
    colour = _colour(rng).tolist()
    first = _point(rng, height, width)
    kind = rng.integers(5)
    if kind == 0:
        w, h = (rng.uniform(0.08, 0.6, 2) * unit).astype(int).tolist()
        box = cv2.boxPoints((first, (w, h), float(rng.uniform(0, 180)))).astype(np.int32)
        cv2.fillConvexPoly(picture, box, colour, cv2.LINE_AA)
    elif kind == 1:
        axes = tuple((rng.uniform(0.03, 0.28, 2) * unit).astype(int).tolist())
        cv2.ellipse(picture, first, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
    elif kind == 2:
        corners = np.array(first) + rng.normal(0, 0.2 * unit, (int(rng.integers(3, 7)), 2))
        cv2.fillPoly(picture, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    elif kind == 3:
        thickness = max(1, int(rng.uniform(0.006, 0.08) * unit))
        cv2.line(picture, first, _point(rng, height, width), colour, thickness, cv2.LINE_AA)
    else:
        word = ''.join(chr(c) for c in rng.integers(65, 91, 4))
        scale = float(rng.uniform(0.003, 0.012) * unit)
        thickness = max(1, int(2 * scale))
        cv2.putText(picture, word, first, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness)


def _skin_coloured_thing(rng: np.random.Generator, picture: np.ndarray) -> None:
    """Draw a shaded rounded bar or ball in a skin tone: an arm, a face, wood; in place."""
    height, width = picture.shape[:2]
    unit = min(height, width)
    colour = skin_tone(rng.uniform(0, 1))[int(rng.integers(2))][::-1] * rng.uniform(0.6, 1.05)
    start = np.array(_point(rng, height, width))
    thickness = rng.uniform(0.05, 0.3) * unit
    reach = rng.normal(0, 0.3 * unit, 2) * (rng.random() < 0.7)
    side = rng.normal(size=2)
    side /= np.linalg.norm(side)
    # Lighter inner strokes, moved towards the light, round the bar off.
    for share in (1.0, 0.8, 0.55, 0.3):
        a = start + (1 - share) * 0.35 * thickness * side
        b = a + reach
        tone = (colour * (0.62 + 0.42 * (1 - share))).tolist()
        cv2.line(
            picture,
            (int(a[0]), int(a[1])),
            (int(b[0]), int(b[1])),
            tone,
            max(1, int(share * thickness)),
            cv2.LINE_AA,
        )


def sample_background(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draw a background (H, W, 3) float32, BGR of 0 to 255, from plain to cluttered."""
    picture = gradient(rng, height, width)
    if rng.random() < 0.8:
        picture += smooth_noise(rng, height, width)
    if rng.random() < 0.3:
        _pattern(rng, picture)
    # OpenCV draws antialiased shapes on 8-bit pictures only.
    drawn = np.clip(picture, 0, 255).astype(np.uint8)
    clutter = rng.choice(4, p=[0.25, 0.3, 0.25, 0.2])
    for _ in range(int(rng.integers(0, 1 + 6 * clutter))):
        _shape(rng, drawn)
    for _ in range(int(rng.integers(0, 2 + clutter))):
        if rng.random() < 0.5:
            _skin_coloured_thing(rng, drawn)
    blur = rng.uniform(0.002, 0.025) * min(height, width)
    if rng.random() < 0.6 and blur > 0.4:
        drawn = cv2.GaussianBlur(drawn, (0, 0), blur)
    return drawn.astype(np.float32)
