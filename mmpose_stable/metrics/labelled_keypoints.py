"""What the metrics have in common that compare keypoints with their labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric


class LabelledKeypointsMetric(BaseMetric):
    """Base of metrics of predicted and labelled keypoints; a subclass defines :meth:`score`."""

    @abstractmethod
    def score(
        self, predicted: np.ndarray, truth: np.ndarray, labelled: np.ndarray
    ) -> dict[str, float]:
        """Return the scores of keypoints (N, K, 2) in pixels of the image; labelled is (N, K)."""

    def process(self, data_batch: Sequence[dict], data_samples: Sequence[dict]) -> None:
        """Keep the keypoints of a batch."""
        for sample in data_samples:
            truth = sample['gt_instances']
            visible = np.asarray(truth['keypoints_visible'])
            # Some codecs stack weights behind the visibility, which makes it (n, K, 2).
            visible = visible[..., 0] if visible.ndim == 3 else visible
            found = sample['pred_instances']['keypoints'], truth['keypoints']
            predicted, labels = (np.asarray(keypoints, np.float64) for keypoints in found)
            self.results.append((predicted, labels, visible > 0))

    def compute_metrics(self, results: list[tuple[np.ndarray, ...]]) -> dict[str, float]:
        """Return the scores of all samples."""
        if not results:
            raise ValueError(
                f'{type(self).__name__} got no sample: is `val_dataloader.dataset` (or '
                '`test_dataloader.dataset`) empty?'
            )
        return self.score(*map(np.concatenate, zip(*results, strict=True)))
