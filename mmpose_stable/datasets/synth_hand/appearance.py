"""What a hand looks like apart from its shape: skin, sleeve and light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# sRGB of the back of the hand from light to dark, and of the palm beside it.
_BACK_TONES = np.array(
    [[236, 200, 180], [222, 176, 148], [197, 146, 114], [162, 110, 80], [120, 78, 54], [82, 53, 40]]
)
_PALM_TONES = np.array(
    [
        [240, 196, 180],
        [230, 178, 156],
        [216, 162, 136],
        [200, 146, 120],
        [184, 130, 106],
        [166, 114, 94],
    ]
)


@dataclass(frozen=True)
class Look:
    """Skin, sleeve and light of one picture; colours are RGB in linear light, 0 to 1.

    Arrays are float32, in which pictures are computed.

    Attributes:
        back, palm: (3,), skin of both sides.
        flush: How much redder finger tips and knuckles are.
        creases, nails: Strength of the painted details.
        gloss: Strength of the highlight; ``gloss_power`` its sharpness.
        mottle_waves: (4, 3), wave vectors of blotches in the skin in 1/cm, and their ``phases``.
        mottle: Strength of the blotches.
        light: (3,), unit vector towards the light in the camera frame.
        light_colour, ambient_colour: (3,), strength and tint.
        cuff: Rest position (y, cm) of the end of the sleeve, or None for a bare arm.
        cloth: (3,), colour of the sleeve, ``cloth_waves`` (2, 3) of its pattern.
    """

    back: np.ndarray
    palm: np.ndarray
    flush: float
    creases: float
    nails: float
    gloss: float
    gloss_power: float
    mottle_waves: np.ndarray
    phases: np.ndarray
    mottle: float
    light: np.ndarray
    light_colour: np.ndarray
    ambient_colour: np.ndarray
    cuff: float | None
    cloth: np.ndarray
    cloth_waves: np.ndarray


def to_linear(colour: np.ndarray) -> np.ndarray:
    """Return sRGB values of 0 to 255 in linear light, 0 to 1, with a display gamma of 2."""
    return (np.asarray(colour, dtype=np.float32) / 255) ** 2


def skin_tone(depth: float) -> tuple[np.ndarray, np.ndarray]:
    """Return sRGB (3,) of the back and the palm for a skin depth from 0 (light) to 1 (dark)."""
    at = depth * (len(_BACK_TONES) - 1)
    stops = np.arange(len(_BACK_TONES))
    return tuple(
        np.array([np.interp(at, stops, table[:, c]) for c in range(3)])
        for table in (_BACK_TONES, _PALM_TONES)
    )


def sample_look(rng: np.random.Generator) -> Look:
    """Draw skin, sleeve and light."""
    back, palm = skin_tone(rng.beta(1.1, 1.4))
    shift = rng.normal(0, 5, 3)
    direction = rng.normal([0, -0.7, -0.9], [0.8, 0.6, 0.5])
    direction[2] = min(direction[2], 0.25)
    warmth = rng.normal(0, 0.10)
    tint = np.array([1 + warmth, 1 + rng.normal(0, 0.02), 1 - warmth])
    key = rng.uniform(0.65, 1.15)
    fill = rng.uniform(0.22, 0.55)
    other = rng.normal(0, 0.06)
    dressed = rng.random() < 0.45
    return Look(
        back=to_linear((back + shift).clip(20, 250)),
        palm=to_linear((palm + shift).clip(20, 250)),
        flush=float(rng.uniform(0.1, 0.5)),
        creases=float(rng.uniform(0.25, 0.6)),
        nails=float(rng.uniform(0.5, 1.0)),
        gloss=float(rng.uniform(0.02, 0.16)),
        gloss_power=float(rng.uniform(8, 30)),
        mottle_waves=_single(rng.normal(0, 1.6, (4, 3))),
        phases=_single(rng.uniform(0, 2 * np.pi, 4)),
        mottle=float(rng.uniform(0.01, 0.04)),
        light=_single(direction / np.linalg.norm(direction)),
        light_colour=_single(key * tint),
        ambient_colour=_single(fill * np.array([1 + other, 1.0, 1 - other])),
        cuff=float(rng.uniform(-7.0, -1.2)) if dressed else None,
        cloth=to_linear(rng.uniform(15, 235, 3)),
        cloth_waves=_single(rng.normal(0, 1.5, (2, 3))),
    )


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)
