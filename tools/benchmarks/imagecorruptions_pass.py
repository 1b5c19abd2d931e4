"""A test pass on pictures that imagecorruptions-imaug perturbs; `robustness.py` runs it."""

import sys

from imagecorruptions import corrupt
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from mmpose_stable.cli.test import main


@TRANSFORMS.register_module()
class CorruptImage(BaseTransform):
    """Perturb the cropped picture as the other package does.

    Args:
        kind: A name of the other package.
        severity: 1 to 5.
    """

    def __init__(self, kind: str, severity: int) -> None:
        self.kind, self.severity = kind, severity

    def transform(self, results: dict) -> dict:
        """Replace ``img`` of shape (H, W, 3), uint8 BGR."""
        image = results['img'][..., ::-1]
        corrupted = corrupt(image, severity=self.severity, corruption_name=self.kind)
        results['img'] = corrupted[..., ::-1].copy()
        return results


if __name__ == '__main__':
    main(sys.argv[1:])
