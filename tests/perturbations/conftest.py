"""An image with what photographs have: flat regions, edges, texture, shading, all hues, greys."""

import cv2
import numpy as np
import pytest


@pytest.fixture(scope='session')
def scene() -> np.ndarray:
    """A 128×144 RGB scene, always the same; read-only."""
    rng = np.random.default_rng(7)
    coarse = rng.uniform(0, 255, (8, 9, 3)).astype(np.float32)
    scene = cv2.resize(coarse, (144, 128), interpolation=cv2.INTER_CUBIC)
    scene[:, 72:] = cv2.resize(coarse, (72, 128), interpolation=cv2.INTER_NEAREST)
    scene += 40 * cv2.GaussianBlur(rng.normal(0, 1, (128, 144, 1)), (0, 0), 1.5)[..., None]
    scene[:21, :24], scene[:21, -24:], scene[-21:, :24] = 128, 255, 0
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
