"""A file of predicted keypoints, for test sets whose labels are not public."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS

from mmpose_stable.files import check_writable, write_text


@METRICS.register_module()
class KeypointFile(BaseMetric):
    """Write the keypoints of a top-down model to ``<outfile_prefix>.keypoints.json``.

    The file holds a list with an entry for each person, in the order of the annotation file:
    ``id``, the place in that order; ``image``, the picture's name; ``keypoints`` (K, 2) x, y in
    pixels of the picture, counted from 0; ``scores`` (K,). Labels are not read.

    Args:
        outfile_prefix: Path of the file without its ending. A robustness run writes the
            predictions of the clean pictures only.

    Raises:
        ValueError: The file cannot be written.
    """

    default_prefix = 'file'

    def __init__(
        self, outfile_prefix: str, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.outfile_prefix: str | None = outfile_prefix
        check_writable(Path(f'{outfile_prefix}.keypoints.json'), '`outfile_prefix` of KeypointFile')

    def process(self, data_batch: Sequence[dict], data_samples: Sequence[dict]) -> None:
        """Keep the first person of each sample."""
        for sample in data_samples:
            found = sample['pred_instances']
            self.results.append(
                {
                    'id': int(sample['id']),
                    'image': Path(sample['img_path']).name,
                    'keypoints': np.asarray(found['keypoints'])[0, :, :2].tolist(),
                    'scores': np.asarray(found['keypoint_scores'])[0].tolist(),
                }
            )

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Write the file; return the number of persons in it."""
        if self.outfile_prefix is not None:
            ordered = sorted(results, key=lambda person: person['id'])
            write_text(Path(f'{self.outfile_prefix}.keypoints.json'), json.dumps(ordered))
        return {'persons': len(results)}
