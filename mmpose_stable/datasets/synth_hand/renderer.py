"""One picture of a hand with its labels, from a key alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.special import erfinv

from mmpose_stable.datasets.synth_hand.appearance import Look, sample_look
from mmpose_stable.datasets.synth_hand.background import sample_background
from mmpose_stable.datasets.synth_hand.camera import (
    Projection,
    View,
    place_in_picture,
    sample_view,
)
from mmpose_stable.datasets.synth_hand.details import detail_volume
from mmpose_stable.datasets.synth_hand.kinematics import (
    PosedHand,
    keypoints_in_rhd_order,
    pose_hand,
)
from mmpose_stable.datasets.synth_hand.poses import sample_pose, sample_shape
from mmpose_stable.datasets.synth_hand.rasterizer import rasterize
from mmpose_stable.datasets.synth_hand.shading import (
    cast_shadow,
    cloth_albedo,
    contact_shade,
    lit_colour,
    skin_albedo,
)
from mmpose_stable.datasets.synth_hand.skeleton import RADII
from mmpose_stable.datasets.synth_hand.template import hand_template, skin, vertex_normals

SPLITS = ('train', 'val', 'test')
_NORMAL_QUANTILES = np.sqrt(2) * erfinv((np.arange(256) + 0.5) / 128 - 1)
# A joint lies this many radii under the skin at most; deeper ones are hidden by other skin.
_HIDDEN_BEYOND = 1.7


@dataclass(frozen=True)
class Scene:
    """Everything that is drawn, without a picture size.

    Attributes:
        hand: The posed right hand.
        keypoints: (21, 3), RHD order, hand frame of the right hand, cm.
        radii: (21,), thickness of the skin around each keypoint, cm.
        left: Whether it is drawn as a left hand.
        view: Viewpoint.
        look: Skin, sleeve and light.
    """

    hand: PosedHand
    keypoints: np.ndarray
    radii: np.ndarray
    left: bool
    view: View
    look: Look


@dataclass(frozen=True)
class HandPicture:
    """A rendered picture and its labels; pixel coordinates have pixel centres at integers.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        keypoints: (21, 2), RHD order, pixels; all lie in the picture.
        visible: (21,) bool, False where other skin hides the joint.
        mask: (H, W) bool, the hand with its forearm.
        box: (4,), x1, y1, x2, y2 of the hand without its forearm, clipped to the picture.
        left: Whether it is a left hand.
    """

    image: np.ndarray
    keypoints: np.ndarray
    visible: np.ndarray
    mask: np.ndarray
    box: np.ndarray
    left: bool


def random_stream(seed: int, split: str, index: int) -> np.random.Generator:
    """Return the random stream of one picture; the same in every process and on every rank."""
    key = np.random.SeedSequence([seed, SPLITS.index(split), index])
    return np.random.Generator(np.random.PCG64(key))


def sample_scene(rng: np.random.Generator, views: str = 'all') -> Scene:
    """Draw a hand, its viewpoint and its look."""
    shape = sample_shape(rng)
    hand = pose_hand(sample_pose(rng), shape)
    left = bool(rng.random() < 0.5)
    view = sample_view(rng, hand.forearm_axis, views)
    radii = np.concatenate([[1.8], (RADII * shape.thickness[:, None])[:, ::-1].ravel()])
    return Scene(hand, keypoints_in_rhd_order(hand.chains), radii, left, view, sample_look(rng))


def render_hand(
    seed: int, split: str, index: int, size: tuple[int, int], views: str = 'all'
) -> HandPicture:
    """Render one picture.

    Args:
        seed: Not negative.
        split: One of :data:`SPLITS`.
        index: Not negative.
        size: Width and height in pixels. Another size shows the same scene: labels scale with the
            shorter side, counted from the pixel edges.
        views: One of :data:`~mmpose_stable.datasets.synth_hand.camera.VIEWS`.

    Returns:
        The picture with its labels.
    """
    rng = random_stream(seed, split, index)
    # The scene comes first, so that nothing of it depends on the size.
    scene = sample_scene(rng, views)
    projection = place_in_picture(scene.view, scene.keypoints, size, scene.left)
    background = sample_background(rng, size[1], size[0])
    layer, mask, depth = draw_hand(scene, projection, size)
    image = _expose(_compose(layer, mask, background, scene.look, rng), rng)

    camera = projection.to_camera(scene.keypoints)
    keypoints = projection.to_pixels(camera)
    visible = keypoints_in_sight(keypoints, camera[:, 2], scene.radii, depth)
    box = hand_box(keypoints, camera[:, 2], scene.radii, projection.focal, size)
    return HandPicture(image, keypoints, visible, mask, box, scene.left)


def draw_hand(
    scene: Scene, projection: Projection, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the hand alone.

    Returns:
        Its colours (H, W, 3) float32 BGR of 0 to 255 and zero elsewhere, its mask (H, W) bool and
        its depth (H, W) float32 in cm, infinite elsewhere.
    """
    template, look = hand_template(), scene.look
    width, height = size
    sleeved = np.zeros(len(template.vertices))
    if look.cuff is not None:
        sleeved = np.clip((look.cuff - template.vertices[:, 1]) / 0.35, 0, 1) * 0.45
    points = skin(template, scene.hand, sleeved, projection.rotation, projection.translation)
    # A mirror image turns every triangle round.
    triangles = template.triangles[:, ::-1] if scene.left else template.triangles
    flat = projection.to_pixels(points)
    fragments = rasterize(flat, points[:, 2], triangles, size)

    normals = vertex_normals(points, triangles, template.corners)
    values = np.column_stack([normals, template.vertices, template.palm_side, template.flush])
    seen = fragments.interpolate(values, triangles)
    normal = seen[:, :3]
    length = np.sqrt(normal[:, 0] ** 2 + normal[:, 1] ** 2 + normal[:, 2] ** 2)
    normal = normal / np.maximum(length, 1e-9)[:, None]

    mask = np.zeros(height * width, dtype=bool)
    mask[fragments.pixels] = True
    depth = np.full(height * width, np.inf, dtype=np.float32)
    depth[fragments.pixels] = fragments.depth
    mask, depth = mask.reshape(height, width), depth.reshape(height, width)
    layer = np.zeros((height * width, 3), dtype=np.float32)
    if len(fragments.pixels):
        scale = projection.focal / float(np.median(fragments.depth))
        openness = contact_shade(depth, mask, scale).ravel()[fragments.pixels]
        lit = cast_shadow(depth, mask, look.light, scale).ravel()[fragments.pixels]
        rest = seen[:, 3:6]
        details = detail_volume().sample(rest)
        albedo = skin_albedo(look, rest, seen[:, 6], seen[:, 7], details)
        gloss = look.gloss * (1 + 1.5 * details[:, 0])
        if look.cuff is not None:
            cloth = rest[:, 1] < look.cuff
            albedo[cloth] = cloth_albedo(look, rest[cloth])
            gloss[cloth] = 0
        colour = lit_colour(look, albedo, normal, gloss, openness, lit)
        layer[fragments.pixels] = 255 * np.sqrt(np.clip(colour, 0, 1))[:, ::-1]
    return layer.reshape(height, width, 3), mask, depth


def _compose(
    layer: np.ndarray,
    mask: np.ndarray,
    background: np.ndarray,
    look: Look,
    rng: np.random.Generator,
) -> np.ndarray:
    """Lay the hand over the background with soft edges and, at times, its shadow on it."""
    unit = min(mask.shape)
    cover = mask.astype(np.float32)
    if rng.random() < 0.5:
        reach, softness, dark = rng.uniform([0.02, 0.01, 0.2], [0.12, 0.05, 0.6])
        dx, dy = -look.light[:2] * reach * unit
        move = np.float32([[1, 0, dx], [0, 1, dy]])
        shadow = cv2.warpAffine(cover, move, mask.shape[::-1])
        shadow = cv2.GaussianBlur(shadow, (0, 0), max(softness * unit, 0.5))
        background = background * (1 - np.float32(dark) * shadow)[..., None]
    softness = 0.55
    alpha = cv2.GaussianBlur(cover, (3, 3), softness)[..., None]
    return cv2.GaussianBlur(layer, (3, 3), softness) + (1 - alpha) * background


def _expose(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pass the picture through a light sensor: gain, colour cast, blur, noise, 8 bits."""
    gain = rng.uniform(0.8, 1.15) * (1 + rng.normal(0, 0.03, 3))
    picture = picture * gain.astype(np.float32)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 0.9))
    # Looking normal deviates up by a random byte is ten times as fast as drawing them.
    level = rng.uniform(0.5, 6.0)
    draws = rng.integers(0, 256, picture.shape, dtype=np.uint8)
    picture += cv2.LUT(draws, (level * _NORMAL_QUANTILES).astype(np.float32))
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def keypoints_in_sight(
    keypoints: np.ndarray, distance: np.ndarray, radii: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """Return (K,) bool: whether the skin seen at a keypoint is the skin around that keypoint.

    Args:
        keypoints: (K, 2), pixels.
        distance: (K,), distance of each joint along the optical axis, cm.
        radii: (K,), thickness of the skin around each joint, cm.
        depth: (H, W), depth image, infinite where nothing is drawn.
    """
    column, row = np.rint(keypoints).astype(int).T
    inside = (column >= 0) & (row >= 0) & (column < depth.shape[1]) & (row < depth.shape[0])
    surface = np.full(len(keypoints), np.inf)
    surface[inside] = depth[row[inside], column[inside]]
    return inside & (distance - surface < _HIDDEN_BEYOND * radii)


def hand_box(
    keypoints: np.ndarray,
    distance: np.ndarray,
    radii: np.ndarray,
    focal: float,
    size: tuple[int, int],
) -> np.ndarray:
    """Return (4,) x1, y1, x2, y2 around the keypoints and their skin, clipped to the picture."""
    reach = (radii * focal / distance)[:, None]
    limit = np.array(size) - 1
    low = (keypoints - reach).min(axis=0).clip(0, limit)
    high = (keypoints + reach).max(axis=0).clip(0, limit)
    return np.concatenate([low, high])
