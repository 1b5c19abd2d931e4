"""AugMix: pictures mixed from short chains of random operations, as views of a sample."""

from collections.abc import Callable

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from PIL import Image, ImageOps

from mmpose_stable.perturbations.keys import draw_number, keyed_generator
from mmpose_stable.perturbations.views import add_views

# The settings of AugMix on CIFAR: levels are drawn up to the severity, of at most MAX_LEVEL.
SEVERITY, MAX_LEVEL = 3.0, 10
CHAINS, MAX_DEPTH, ALPHA = 3, 3, 1.0
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


def augmix(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a picture mixed from the given one, (H, W, 3) uint8, and chains of operations on it.

    AugMix (Hendrycks et al. 2020), algorithm 1, with operations that move no pixel.
    """
    weights = rng.dirichlet([ALPHA] * CHAINS)
    share = rng.beta(ALPHA, ALPHA)
    mixed = np.zeros(image.shape, np.float32)
    for weight in weights:
        chain = Image.fromarray(image)
        for _ in range(rng.integers(1, MAX_DEPTH + 1)):
            operation = PHOTOMETRIC[rng.integers(len(PHOTOMETRIC))]
            chain = operation(chain, rng.uniform(0.1, SEVERITY))
        mixed += np.float32(weight) * np.asarray(chain)
    return np.clip((1 - share) * image + share * mixed + 0.5, 0, 255).astype(np.uint8)


@TRANSFORMS.register_module()
class AugMixViews(BaseTransform):
    """Add AugMix copies of the picture, to be compared with it by ``JensenShannonLoss``.

    The comparison method 'AugMix' of stable heatmap regression. Views are mixed from operations
    that move no pixel, because a mixture of differently warped pictures shows every keypoint
    several times. Place it after ``TopdownAffine``, and let ``PackPoseViews`` be the last
    transform. The results get what ``add_views`` adds.

    Args:
        num_views: Views beside the clean one; 2 in AugMix.
    """

    def __init__(self, num_views: int = 2) -> None:
        if num_views < 1:
            raise ValueError(f'AugMixViews expects num_views of at least 1, got {num_views}')
        self.num_views = num_views

    def transform(self, results: dict) -> dict:
        """Add the views of ``results['img']``, (H, W, 3) uint8."""
        draw = draw_number()
        rng = keyed_generator('augmix', draw)
        views = [augmix(results['img'], rng) for _ in range(self.num_views)]
        kinds, severities = ('augmix',) * self.num_views, (SEVERITY,) * self.num_views
        return add_views(results, views, kinds, severities, draw)
