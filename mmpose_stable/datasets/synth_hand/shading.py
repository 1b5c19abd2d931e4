"""Colour of the visible skin: light, soft shadows between fingers, nails and creases."""

from __future__ import annotations

import cv2
import numpy as np

from mmpose_stable.datasets.synth_hand.appearance import Look, to_linear

_NAIL_TINT = to_linear([238, 196, 184])
# For red, green and blue: how far light wraps round the skin, and what a closed fold takes away.
_WRAP = (0.35, 0.22, 0.18)
_FOLD_LOSS = (0.80, 1.0, 1.0)


def contact_shade(depth: np.ndarray, covered: np.ndarray, pixels_per_cm: float) -> np.ndarray:
    """Return how open each pixel is to the surroundings, 0 to 1, from the depth image alone.

    A pixel that lies behind its blurred neighbourhood sits in a hollow and receives less light.

    Args:
        depth: (H, W) float32, distance along the optical axis in cm; anything where uncovered.
        covered: (H, W) bool.
        pixels_per_cm: Scale of the picture at the hand.
    """
    far = depth[covered].max() + 1.0
    filled = np.where(covered, depth, far).astype(np.float32)
    openness = np.ones_like(filled)
    for reach, strength in ((0.5, 0.9), (1.6, 0.35)):
        # Two running means are close to a Gaussian and cost the same at any width.
        side = 2 * int(0.9 * reach * pixels_per_cm + 0.5) + 1
        blurred = cv2.blur(cv2.blur(filled, (side, side)), (side, side))
        hollow = np.clip(filled - blurred - 0.04 * reach, 0, 1.2 * reach) / reach
        openness *= 1 - np.minimum(strength * hollow, 0.75)
    return openness


def cast_shadow(
    depth: np.ndarray, covered: np.ndarray, light: np.ndarray, pixels_per_cm: float
) -> np.ndarray:
    """Return how much of the light reaches each pixel past the rest of the hand, 0 to 1.

    Walks from each covered pixel towards the light and looks for nearer skin in the depth image.

    Args:
        depth: (H, W) float32, cm.
        covered: (H, W) bool.
        light: (3,), unit vector towards the light in the camera frame.
        pixels_per_cm: Scale of the picture at the hand.
    """
    height, width = depth.shape
    filled = np.where(covered, depth, np.float32(1e6)).astype(np.float32)
    lit = np.ones((height, width), dtype=np.float32)
    for reach in (0.6, 1.1, 1.9, 3.0):
        dx, dy = (np.rint(light[:2] * reach * pixels_per_cm)).astype(int)
        if abs(dx) >= width or abs(dy) >= height:
            break
        moved = np.full_like(filled, 1e6)
        target_x = slice(max(-dx, 0), width - max(dx, 0))
        target_y = slice(max(-dy, 0), height - max(dy, 0))
        source_x = slice(max(dx, 0), width - max(-dx, 0))
        source_y = slice(max(dy, 0), height - max(-dy, 0))
        moved[target_y, target_x] = filled[source_y, source_x]
        over = filled + light[2] * reach - moved
        blocked = (over > 0.18) & (over < 3.5)
        lit[blocked] = 0.35
    return cv2.GaussianBlur(lit, (0, 0), max(0.16 * pixels_per_cm, 0.5))


def skin_albedo(
    look: Look, rest: np.ndarray, palm_side: np.ndarray, flush: np.ndarray, details: np.ndarray
) -> np.ndarray:
    """Return the skin's own colour (P, 3), RGB in linear light.

    Args:
        look: Colours and strengths.
        rest: (P, 3), position on the rest hand, cm.
        palm_side: (P,), 0 on the back of the hand, 1 on the palm.
        flush: (P,), redness, 0 to 1.
        details: (P, 2), nail and crease strength, 0 to 1.
    """
    colour = look.back + palm_side[:, None] * (look.palm - look.back)
    blotches = sum(
        np.sin(rest[:, 0] * wave[0] + rest[:, 1] * wave[1] + rest[:, 2] * wave[2] + phase)
        for wave, phase in zip(look.mottle_waves, look.phases, strict=True)
    )
    shade = 1 + look.mottle * blotches - look.creases * details[:, 1]
    redness = look.flush * flush + 0.25 * look.creases * details[:, 1]
    colour = colour * shade[:, None]
    colour[:, 1] *= 1 - 0.45 * redness
    colour[:, 2] *= 1 - 0.50 * redness

    nail = look.nails * details[:, 0]
    plate = 0.5 * look.palm + 0.5 * _NAIL_TINT
    colour += nail[:, None] * (plate - colour)
    # The skin around a nail is darker: half covered cells are its rim.
    rim = look.nails * 4 * details[:, 0] * (1 - details[:, 0])
    return colour * (1 - 0.3 * rim)[:, None]


def cloth_albedo(look: Look, rest: np.ndarray) -> np.ndarray:
    """Return the sleeve's own colour (P, 3) at rest positions (P, 3), RGB in linear light."""
    folds = sum(
        np.sin(rest[:, 0] * wave[0] + rest[:, 1] * wave[1] + rest[:, 2] * wave[2])
        for wave in look.cloth_waves
    )
    return look.cloth * (1 + 0.14 * folds)[:, None]


def lit_colour(
    look: Look,
    albedo: np.ndarray,
    normals: np.ndarray,
    gloss: np.ndarray,
    openness: np.ndarray,
    lit: np.ndarray,
) -> np.ndarray:
    """Return the light each point sends to the camera (P, 3), RGB in linear light.

    Wrapped diffuse light, wider for red as light spreads below the skin, light from the
    surroundings that is stronger from above, and a Blinn-Phong highlight.

    Args:
        look: Light.
        albedo: (P, 3), own colour.
        normals: (P, 3), unit, camera frame (z away from the camera).
        gloss: (P,), strength of the highlight.
        openness: (P,), see :func:`contact_shade`.
        lit: (P,), see :func:`cast_shadow`.
    """
    facing = _dot(normals, look.light)
    half = look.light - np.array([0, 0, 1], dtype=np.float32)
    shine = np.maximum(_dot(normals, half / np.linalg.norm(half)), 0) ** look.gloss_power
    shine *= gloss * lit
    sky = 0.75 - 0.35 * normals[:, 1]
    direct = lit * (0.35 + 0.65 * openness)
    colour = np.empty_like(albedo)
    for channel in range(3):
        wrap = _WRAP[channel]
        diffuse = np.maximum((facing + wrap) * (1 / (1 + wrap)), 0) * direct
        # Light that bounces inside a fold of skin turns warm instead of black.
        hollow = sky * (1 - _FOLD_LOSS[channel] * (1 - openness))
        light = look.light_colour[channel] * diffuse + look.ambient_colour[channel] * hollow
        colour[:, channel] = albedo[:, channel] * light + look.light_colour[channel] * shine
    return colour


def _dot(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Dot products without BLAS, whose rounding may depend on its number of threads."""
    return vectors[:, 0] * axis[0] + vectors[:, 1] * axis[1] + vectors[:, 2] * axis[2]
