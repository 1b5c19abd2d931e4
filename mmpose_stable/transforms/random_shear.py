"""Random shear of the picture around a person."""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from mmpose_stable.perturbations.keys import draw_number, keyed_generator


@TRANSFORMS.register_module()
class RandomShear(BaseTransform):
    """Shear the picture with its keypoints and box centres, in training.

    Part of the augmentation of composite localization (section 4), which prints no range; the
    default here is ours. Place it between ``GetBBoxCenterScale`` and ``TopdownAffine``. The picture
    becomes wider, so that nothing is cut off.

    Args:
        max_angle: Largest angle between a column of the picture and what it becomes, degrees.
        prob: How often a picture is sheared.

    Raises:
        ValueError: An angle outside (0, 45], or a probability outside [0, 1].
    """

    def __init__(self, max_angle: float = 10.0, prob: float = 0.5) -> None:
        if not 0 < max_angle <= 45 or not 0 <= prob <= 1:
            raise ValueError(
                'RandomShear expects 0 < max_angle <= 45 (degrees) and 0 <= prob <= 1, got '
                f'max_angle={max_angle}, prob={prob}'
            )
        self.max_angle = max_angle
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Replace ``img`` (H, W, 3), ``img_shape``, ``keypoints`` (N, K, 2), ``bbox_center`` (N, 2)
        where there, all in pixels of the picture.
        """
        if 'transformed_keypoints' in results or (
            'bbox' in results and 'bbox_center' not in results
        ):
            raise ValueError(
                'RandomShear moves the picture, its keypoints and the centre of the box: put it '
                'between GetBBoxCenterScale and TopdownAffine in `train_pipeline`'
            )
        rng = keyed_generator('random_shear', draw_number())
        chosen = rng.random() < self.prob
        limit = np.tan(np.deg2rad(self.max_angle))
        shear = rng.uniform(-limit, limit)
        if not chosen:
            return results
        height, width = results['img'].shape[:2]
        # Columns a row, and a move that leaves nothing left of column 0; pixel centres at integers.
        matrix = np.array([[1.0, shear, max(-shear * (height - 1), 0.0)], [0.0, 1.0, 0.0]])
        size = (width + int(np.ceil(abs(shear) * (height - 1))), height)
        changed = dict(results)
        changed['img'] = cv2.warpAffine(results['img'], matrix, size, flags=cv2.INTER_LINEAR)
        changed['img_shape'] = size[::-1]
        for name in ('keypoints', 'bbox_center'):
            if results.get(name) is not None:
                points = results[name]
                moved = points @ matrix[:, :2].T + matrix[:, 2]
                changed[name] = moved.astype(points.dtype)
        return changed
