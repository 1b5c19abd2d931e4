"""What the metrics have in common that compare keypoints with their labels."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric


class LabelledKeypointsMetric(BaseMetric):
    """Base of metrics of predicted and labelled keypoints; a subclass defines ``score``."""

    @abstractmethod
    def score(
        self, predicted: np.ndarray, truth: np.ndarray, labelled: np.ndarray
    ) -> dict[str, float]:
        """Return the scores of keypoints (N, K, 2) in pixels of the original image.

        Args:
            predicted: (N, K, 2).
            truth: (N, K, 2).
            labelled: Boolean (N, K).
        """

    def process(self, data_batch: Sequence[dict], data_samples: Sequence[dict]) -> None:
        """Keep the keypoints of a batch, (n, K, 2) in pixels of the original image."""
        for sample in data_samples:
            truth = sample['gt_instances']
            visible = np.asarray(truth['keypoints_visible'])
            # Some codecs stack weights behind the visibility, which makes it (n, K, 2).
            visible = visible[..., 0] if visible.ndim == 3 else visible
            predicted = np.asarray(sample['pred_instances']['keypoints'])
            self.results.append((predicted, np.asarray(truth['keypoints']), visible > 0))

    def compute_metrics(self, results: list[tuple[np.ndarray, ...]]) -> dict[str, float]:
        """Return the scores of all samples."""
        if not results:
            raise ValueError(
                f'{type(self).__name__} got no sample: is `val_dataloader.dataset` (or '
                '`test_dataloader.dataset`) empty?'
            )
        return self.score(*map(np.concatenate, zip(*results, strict=True)))
