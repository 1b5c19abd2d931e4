"""AugMix: pictures mixed from short chains of random operations, as views of a sample."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from PIL import Image, ImageOps

from mmpose_stable.perturbations.keys import draw_number, keyed_generator
from mmpose_stable.perturbations.views import add_views

MAX_LEVEL = 10
# The photometric operations of AugMix, each of a picture and a level. Its brightness, contrast,
# colour and sharpness are left out there too where the test set is ImageNet-C, which has them as
# perturbations.
PHOTOMETRIC: tuple[Callable[[Image.Image, float], Image.Image], ...] = (
    lambda picture, level: ImageOps.autocontrast(picture),
    lambda picture, level: ImageOps.equalize(picture),
    # The bits that are kept, and the value from which on values are inverted.
    lambda picture, level: ImageOps.posterize(picture, max(4 - int(4 * level / MAX_LEVEL), 1)),
    lambda picture, level: ImageOps.solarize(picture, 256 - int(256 * level / MAX_LEVEL)),
)


def augmix(
    image: np.ndarray,
    rng: np.random.Generator,
    severity: float = 3.0,
    width: int = 3,
    max_depth: int = 3,
    alpha: float = 1.0,
) -> np.ndarray:
    """Return a picture mixed from the given one and ``width`` chains of operations on it.

    AugMix (Hendrycks et al. 2020), algorithm 1, with operations that move no pixel.

    Args:
        image: (H, W, 3) uint8.
        severity: Levels are drawn from 0.1 to this, of at most 10.
        width: Number of chains.
        max_depth: Chains have 1 to this many operations.
        alpha: Of the Dirichlet distribution of the chains' weights and the Beta distribution of the
            original's.
    """
    weights = rng.dirichlet([alpha] * width)
    share = rng.beta(alpha, alpha)
    mixed = np.zeros(image.shape, np.float32)
    for weight in weights:
        chain = Image.fromarray(image)
        for _ in range(rng.integers(1, max_depth + 1)):
            operation = PHOTOMETRIC[rng.integers(len(PHOTOMETRIC))]
            chain = operation(chain, rng.uniform(0.1, severity))
        mixed += np.float32(weight) * np.asarray(chain)
    return np.clip((1 - share) * image + share * mixed + 0.5, 0, 255).astype(np.uint8)


def random_warp(size: tuple[int, int], rng: np.random.Generator, severity: float) -> np.ndarray:
    """Return the matrix (2, 3) of one of AugMix's geometric operations at a random level.

    Rotation up to 30 degrees, shear up to 0.3, translation up to a third of the picture (width,
    height) at level 10; either direction. The level is drawn from 0.1 to the severity. Frame:
    pixels, centres at integers, about the centre of the picture.
    """
    amount = rng.uniform(0.1, severity) / MAX_LEVEL * rng.choice((-1.0, 1.0))
    linear, shift = np.eye(2), np.zeros(2)
    kind = rng.integers(5)
    if kind == 0:
        angle = np.deg2rad(30 * amount)
        linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    elif kind <= 2:
        linear[kind - 1, 2 - kind] = 0.3 * amount
    else:
        shift[kind - 3] = size[kind - 3] / 3 * amount
    centre = (np.array(size) - 1) / 2
    return np.column_stack([linear, centre + shift - linear @ centre])


@TRANSFORMS.register_module()
class AugMixViews(BaseTransform):
    """Add AugMix copies of the picture, to be compared with it by ``JensenShannonLoss``.

    The comparison method 'AugMix' of stable heatmap regression. Views are mixed from operations
    that move no pixel, because a mixture of differently warped pictures shows every keypoint
    several times. With ``warp`` one of AugMix's geometric operations is drawn for each sample and
    applied to the clean picture *and its keypoints* before that, so that the views still fit one
    target.

    Place it after ``TopdownAffine``, before ``GenerateTarget`` where ``warp`` is on, and let
    ``PackPoseViews`` be the last transform. The results get what ``add_views`` adds.

    Args:
        num_views: Views beside the clean one; 2 in AugMix.
        severity: Strongest level of an operation, at most 10; 3 in AugMix on CIFAR.
        width: Number of chains; 3 in AugMix.
        max_depth: Longest chain; 3 in AugMix.
        alpha: Of the Dirichlet and Beta distributions; 1 in AugMix.
        warp: Warp picture and keypoints once a sample.

    Raises:
        ValueError: A setting out of its range.
    """

    def __init__(
        self,
        num_views: int = 2,
        severity: float = 3.0,
        width: int = 3,
        max_depth: int = 3,
        alpha: float = 1.0,
        warp: bool = False,
    ) -> None:
        counts = (num_views, width, max_depth)
        whole = all(isinstance(count, int) and count >= 1 for count in counts)
        if not whole or alpha <= 0 or not 0.1 <= severity <= MAX_LEVEL:
            raise ValueError(
                'AugMixViews expects whole numbers from 1 on for num_views, width and max_depth, '
                f'alpha above 0 and a severity from 0.1 to {MAX_LEVEL}, got num_views={num_views}, '
                f'width={width}, max_depth={max_depth}, alpha={alpha}, severity={severity}'
            )
        self.num_views = num_views
        self.severity = severity
        self.mixture = {'width': width, 'max_depth': max_depth, 'alpha': alpha}
        self.warp = warp

    def transform(self, results: dict) -> dict:
        """Add the views of ``results['img']``, (H, W, 3) uint8.

        Raises:
            ValueError: ``warp`` is on and the targets are already made.
        """
        draw = draw_number()
        rng = keyed_generator('augmix', draw)
        results = dict(results)
        if self.warp:
            if 'keypoint_weights' in results:
                raise ValueError(
                    'AugMixViews(warp=True) moves keypoints and has to come before GenerateTarget '
                    'in the training pipeline'
                )
            self.warp_sample(results, rng)
        image = results['img']
        views = [augmix(image, rng, self.severity, **self.mixture) for _ in range(self.num_views)]
        kinds, severities = ('augmix',) * self.num_views, (self.severity,) * self.num_views
        return add_views(results, views, kinds, severities, draw)

    def warp_sample(self, results: dict, rng: np.random.Generator) -> None:
        """Warp picture and keypoints of the results, in the frame of the picture."""
        height, width = results['img'].shape[:2]
        matrix = random_warp((width, height), rng, self.severity)
        results['img'] = cv2.warpAffine(results['img'], matrix, (width, height))
        key = 'transformed_keypoints' if 'transformed_keypoints' in results else 'keypoints'
        keypoints = results[key]
        moved = keypoints[..., :2] @ matrix[:, :2].T + matrix[:, 2]
        results[key] = moved.astype(keypoints.dtype, copy=False)
