"""Training that is to read no label drops it first."""

from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

_LABELS = ('keypoints', 'keypoints_visible', 'num_keypoints', 'raw_ann_info')


@TRANSFORMS.register_module()
class ForgetLabels(BaseTransform):
    """Take the keypoints out of `results`, so that no later step can read them.

    What is left is the picture and the person's box. It comes first in a pipeline; MMPose's flip,
    box and crop transforms do without keypoints, those that make targets do not.
    """

    def transform(self, results: dict) -> dict:
        """Return the results without labels."""
        return {key: value for key, value in results.items() if key not in _LABELS}
