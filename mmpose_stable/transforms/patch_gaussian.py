"""Patch Gaussian: noise inside one random square of the picture."""

from __future__ import annotations

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

    Returns:
        Like ``image``; noise is clipped to the range of pixels.
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

    The comparison method 'PG' of stable heatmap regression; its numbers are not printed there.
    Place it after the transforms that make the network's input. It changes the picture itself and
    needs neither views nor a consistency loss.

    The defaults draw every side up to the picture's and every deviation up to 1.0: the whole range
    that Lopes et al. (2019) search and that public implementations offer.

    Args:
        patch_size: W, the side of the square in pixels of the input; the picture's longer side
            where not given.
        sigma: Standard deviation of the noise, on the scale 0..1.
        sample_up_to: Draw the side from 1 to ``patch_size`` and the deviation from 0 to ``sigma``
            for each picture, instead of taking those.

    Raises:
        ValueError: A size below 1 or a deviation that is not above 0.
    """

    def __init__(
        self, patch_size: int | None = None, sigma: float = 1.0, sample_up_to: bool = True
    ) -> None:
        if (patch_size is not None and patch_size < 1) or sigma <= 0:
            raise ValueError(
                'PatchGaussian expects patch_size >= 1 (pixels) and sigma > 0 (scale 0..1), got '
                f'patch_size={patch_size}, sigma={sigma}'
            )
        self.patch_size = patch_size
        self.sigma = sigma
        self.sample_up_to = sample_up_to

    def transform(self, results: dict) -> dict:
        """Replace ``results['img']``, (H, W, 3) uint8."""
        rng = keyed_generator('patch_gaussian', draw_number())
        size = max(results['img'].shape[:2]) if self.patch_size is None else self.patch_size
        sigma = self.sigma
        if self.sample_up_to:
            size, sigma = int(rng.integers(1, size + 1)), sigma * rng.random()
        return {**results, 'img': patch_gaussian(results['img'], size, sigma, rng)}
