"""Patch Gaussian: noise inside one random square of the picture."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from mmpose_stable.perturbations.keys import draw_number, keyed_generator


def patch_gaussian(
    image: np.ndarray, size: int, sigma: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a copy with Gaussian noise inside a square around a random pixel.

    Lopes et al. (2019). The centre is uniform over all pixels; the square is cut off at the border.

    Args:
        image: (H, W, 3) uint8.
        size: W, the side of the square in pixels.
        sigma: Standard deviation of the noise, on the scale 0..1.
        rng: Source of the centre and the noise.
    """
    height, width = image.shape[:2]
    x, y = rng.integers(width), rng.integers(height)
    left, top = max(x - size // 2, 0), max(y - size // 2, 0)
    right, bottom = x - size // 2 + size, y - size // 2 + size
    result = image.copy()
    patch = result[top:bottom, left:right]
    noisy = patch / 255 + rng.normal(0.0, sigma, patch.shape)
    patch[...] = np.rint(np.clip(noisy, 0, 1) * 255)
    return result


@TRANSFORMS.register_module()
class PatchGaussian(BaseTransform):
    """Put Gaussian noise inside one random square of ``results['img']``, in training.

    The comparison method 'PG' of stable heatmap regression, whose numbers are not printed there.
    For each picture, the side of the square is drawn from 1 to the picture's longer side, and the
    deviation from 0 to ``sigma``: by default the whole range that Lopes et al. (2019) search.
    Place it after the transforms that make the network's input.

    Args:
        sigma: Largest standard deviation of the noise, on the scale 0..1.
    """

    def __init__(self, sigma: float = 1.0) -> None:
        if sigma <= 0:
            raise ValueError(f'PatchGaussian expects sigma above 0 (scale 0..1), got {sigma}')
        self.sigma = sigma

    def transform(self, results: dict) -> dict:
        """Replace ``results['img']``, (H, W, 3) uint8."""
        rng = keyed_generator('patch_gaussian', draw_number())
        size = int(rng.integers(1, max(results['img'].shape[:2]) + 1))
        sigma = self.sigma * rng.random()
        return {**results, 'img': patch_gaussian(results['img'], size, sigma, rng)}
