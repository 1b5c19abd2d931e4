"""The pictures of ice that the frost perturbation lays over an image: drawn, or read from a folder.

The frost photographs of ImageNet-C carry no stated licence, so the default texture is drawn here:
feathers of ice, each a bent spine with side branches at about 60 degrees that branch once more,
grow in fans from random nuclei and overlap; light from one side and a slow, blotchy thickness of
the ice give them depth. What leaves the square on one side comes in on the other, so its border is
as full of ice as its middle.
"""

import functools
from pathlib import Path
from typing import Any

import cv2
import numpy as np

SIDE = 768
_SEED = 1
_MARGIN = 256  # a feather that leaves the square is drawn in the margin and folded back
_SUBPIXEL_BITS = 4
_BRANCH_ANGLE = np.deg2rad(58)  # ice is hexagonal: branches leave at 60 degrees, give or take
# fans of feathers and their typical length in pixels, drawn over one another in this order
_LAYERS = ((110, 60), (50, 110), (25, 150), (50, 60), (90, 35))
_IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.webp')


def _feather(
    rng: np.random.Generator, base: complex, angle: float, length: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline (M,) and the line segments (S, 2) of one feather, points being x + iy."""
    steps = max(int(length / 3.2), 5)
    t = np.arange(steps) / (steps - 1)
    forward = np.exp(1j * (angle + rng.uniform(-0.4, 0.4) * t))
    spine = base + np.cumsum(forward) * (length / steps)
    taper = np.minimum(t / 0.15, 1) * (1 - t) ** 0.8
    reach = length * rng.uniform(0.18, 0.34) * taper

    turn = np.array([[-1], [1]]) * _BRANCH_ANGLE + rng.normal(0, 0.06, (2, steps))
    # crystals compete for vapour: some branches starve, a few outgrow their neighbours
    branches = forward * np.exp(1j * turn) * reach * rng.beta(2.5, 1.5, (2, steps)) * 1.5
    tips = spine + branches
    feet = spine + branches * np.array([0.4, 0.75])[:, None, None]
    twigs = feet + forward * reach * rng.uniform(0.1, 0.45, feet.shape)  # along the spine again

    starts = np.concatenate([spine[:-1], np.tile(spine, 2), feet.ravel()])
    ends = np.concatenate([spine[1:], tips.ravel(), twigs.ravel()])
    return np.concatenate([tips[0], tips[1, ::-1]]), np.stack([starts, ends], axis=1)


def _fixed_point(points: np.ndarray) -> np.ndarray:
    """Return complex points (...) as (..., 2) integers with the sub-pixel bits OpenCV draws by."""
    pairs = points.view(np.float64).reshape(*points.shape, 2)
    return np.round(pairs * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def _draw_fan(rng: np.random.Generator, canvas: np.ndarray, size: float) -> None:
    """Draw feathers that share a nucleus, each a dim leaf with bright veins, in place."""
    style: dict[str, Any] = {'lineType': cv2.LINE_AA, 'shift': _SUBPIXEL_BITS}
    nucleus = complex(*(_MARGIN + rng.uniform(0, SIDE, 2)))
    angle, spread = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.7)
    for _ in range(rng.integers(3, 7)):
        length = min(size * rng.lognormal(0, 0.35), 0.9 * _MARGIN)
        outline, segments = _feather(rng, nucleus, angle, length)
        cv2.fillPoly(canvas, [_fixed_point(outline)], rng.uniform(45, 85), **style)
        cv2.polylines(canvas, [*_fixed_point(segments)], False, rng.uniform(120, 255), **style)
        angle += spread


def _fold(canvas: np.ndarray) -> np.ndarray:
    """Fold the margins of a canvas onto its opposite edges."""
    for axis in (0, 1):
        canvas = np.moveaxis(canvas, axis, 0)
        square = canvas[_MARGIN : _MARGIN + SIDE].copy()
        np.maximum(square[-_MARGIN:], canvas[:_MARGIN], out=square[-_MARGIN:])
        np.maximum(square[:_MARGIN], canvas[-_MARGIN:], out=square[:_MARGIN])
        canvas = np.moveaxis(square, 0, axis)
    return canvas


def _clouds(rng: np.random.Generator, slope: float) -> np.ndarray:
    """Return periodic noise with amplitude ~ frequency ** -slope, mean 0 and deviation 1."""
    spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE)))
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    frequency[0, 0] = np.inf
    noise = np.fft.irfft2(spectrum * frequency**-slope, s=(SIDE, SIDE))
    return (noise / noise.std()).astype(np.float32)


@functools.lru_cache(maxsize=1)
def drawn_ice() -> np.ndarray:
    """Return the drawn texture, (SIDE, SIDE, 3) uint8 RGB, the same in every process; read-only."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    canvas = np.full((SIDE + 2 * _MARGIN,) * 2, 30, np.uint8)
    for fans, size in _LAYERS:
        for _ in range(fans):
            _draw_fan(rng, canvas, size)
    height = _fold(canvas).astype(np.float32)

    soft = cv2.GaussianBlur(np.pad(height, 4, mode='wrap'), (0, 0), 1.2)
    light = (soft[4:-4, 3:-5] - soft[4:-4, 5:-3]) + (soft[3:-5, 4:-4] - soft[5:-3, 4:-4])
    thickness = 1 + 0.17 * _clouds(rng, 1.6)
    grain = 5 * _clouds(rng, 0.4)
    grey = ((78 + 0.5 * height + 0.45 * light) * thickness + grain)[..., None]
    white = np.clip((grey - 80) / 170, 0, 1)  # thin ice is bluish, thick ice white
    texture = grey * ((1 - white) * np.float32([0.8, 1.02, 1.18]) + white)
    texture = np.clip(texture, 0, 255).astype(np.uint8)
    texture.setflags(write=False)
    return texture


@functools.lru_cache(maxsize=4)
def frost_pictures(folder: str | Path | None = None) -> tuple[np.ndarray, ...]:
    """Return the pictures to crop frost from: those of a folder by name, or the drawn texture.

    Args:
        folder: A folder of photographs (bmp, jpeg, jpg, png, webp), read once per process.

    Returns:
        (H, W, 3) uint8 RGB pictures.

    Raises:
        FileNotFoundError: If the folder is missing or holds no picture.
        ValueError: If a picture cannot be read.
    """
    if folder is None:
        return (drawn_ice(),)
    paths = sorted(p for p in Path(folder).glob('*') if p.suffix.lower() in _IMAGE_SUFFIXES)
    if not paths:
        raise FileNotFoundError(
            f'frost_folder: expected a folder with {", ".join(_IMAGE_SUFFIXES)} pictures, '
            f'found none in {str(folder)!r}'
        )
    pictures = []
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError(f'frost_folder: cannot read the picture {path.name!r} in {folder}')
        pictures.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    return tuple(pictures)
