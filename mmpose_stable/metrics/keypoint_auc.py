"""MMPose metric of the area under the PCK curve, as stable heatmap regression counts it."""

import numpy as np
from mmpose.registry import METRICS

from mmpose_stable.metrics.labelled_keypoints import LabelledKeypointsMetric
from mmpose_stable.robustness.metrics import area_of, distances, mean_over


@METRICS.register_module()
class KeypointAUC(LabelledKeypointsMetric):
    """Area under PCK over error thresholds 0, 1, ..., ``max_distance`` pixels of the image.

    Source: stable heatmap regression, section 4: thresholds from 0 to 30 pixels. The trapezoidal
    rule, divided by the range, gives 1 for perfect predictions. MMPose's ``AUC`` averages the PCK
    at 20 thresholds from 0 to 28.5 pixels, with an error below the threshold, so it cannot exceed
    0.95. The log calls this one ``AUC@30px``, so that the two are never taken for each other.

    Args:
        max_distance: The largest threshold, a whole number of pixels.

    Raises:
        ValueError: ``max_distance`` is not a whole number from 1 on.
    """

    def __init__(
        self, max_distance: int = 30, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if max_distance != int(max_distance) or max_distance < 1:
            raise ValueError(
                'max_distance of KeypointAUC should be a whole number of pixels from 1 on, but is '
                f'{max_distance}'
            )
        self.thresholds = np.arange(int(max_distance) + 1.0)

    def score(
        self, predicted: np.ndarray, truth: np.ndarray, labelled: np.ndarray
    ) -> dict[str, float]:
        """Return ``AUC@<max_distance>px``; NaN where no keypoint is labelled."""
        areas = area_of(distances(predicted, truth), self.thresholds)
        return {f'AUC@{int(self.thresholds[-1])}px': mean_over(areas, labelled)}
