"""An image with what photographs have: flat regions, edges, texture, shading, all hues, greys."""

import cv2
import numpy as np
import pytest


@pytest.fixture(scope='session')
def scene() -> np.ndarray:
    """A 128×144 RGB scene, always the same; read-only."""
    height, width = 128, 144
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    scene = np.stack(
        [60 + 120 * x / width, 150 - 90 * y / height, 90 + 60 * x * y / x.max() / y.max()]
    )
    scene = np.ascontiguousarray(scene.transpose(1, 2, 0))
    for _ in range(25):
        colour = rng.uniform(0, 255, 3)
        centre = rng.uniform(0, [width, height]).astype(int)
        axes = rng.uniform(0.03, 0.2, 2) * min(height, width) + 1
        turn = rng.uniform(0, 180)
        cv2.ellipse(scene, (tuple(map(float, centre)), tuple(2 * axes), turn), colour, -1)
    texture = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.5)
    scene += 40 * texture[..., None]
    scene[: height // 6, : width // 6] = 128
    scene[: height // 6, -width // 6 :] = 255
    scene[-height // 6 :, : width // 6] = 0
    scene = np.clip(scene, 0, 255).astype(np.uint8)
    scene.setflags(write=False)
    return scene


@pytest.fixture
def results(scene) -> dict:
    """What a pipeline hands to the transforms, of a BGR image."""
    return {
        'img': scene[..., ::-1].copy(),
        'id': 11,
        'img_id': 4,
        'keypoints': np.zeros((1, 3, 2), np.float32),
        'heatmaps': np.zeros((3, 16, 16), np.float32),
        'keypoint_weights': np.ones((1, 3), np.float32),
    }
