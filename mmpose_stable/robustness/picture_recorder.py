"""From whole pictures with copies to the table of the persons that a model finds on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.recorder import ChunkRecorder, Picture, other_keypoints


class PictureRecorder(ChunkRecorder):
    """As :class:`ChunkRecorder`, for models that predict all persons of a picture at once.

    Persons with a keypoint or a score that is no finite number are left out: nobody is found there.
    """

    def _describe(self, index: int, sample: dict[str, Any]) -> dict[str, Any]:
        center, scale = sample['frames'][0]
        return {
            'sample_index': np.int64(index),
            'image_id': np.str_(sample['image_id']),
            'input_size': np.asarray(sample['data_sample'].metainfo['input_size'], np.int64),
            'input_center': center,
            'input_scale': scale,
        }

    def _record(self, batch: Sequence[Picture], outputs: Any) -> list[Tensor | None]:
        for picture, output in zip(batch, outputs, strict=True):
            predicted = output.pred_instances
            labels = picture.data_sample.gt_instances.get('keypoints')
            keypoints = np.asarray(predicted.keypoints, np.float32)[..., :2]
            if labels is not None and labels.shape[1] != keypoints.shape[1]:
                raise ValueError(other_keypoints(labels.shape[1], keypoints.shape[1]))
            found = {'keypoints': keypoints}
            for name, given in (
                ('scores', 'keypoint_scores'),
                ('bbox', 'bboxes'),
                ('bbox_score', 'bbox_scores'),
            ):
                if given in predicted:
                    found[name] = np.asarray(predicted[given], np.float32)
            finite = np.ones(len(keypoints), bool)
            for value in found.values():
                finite &= np.isfinite(value.reshape(len(value), -1)).all(-1)
            self.not_finite += int((~finite).sum()) * keypoints.shape[1]
            found = {name: value[finite] for name, value in found.items()}
            count = (int(finite.sum()),)
            found['picture'] = np.full(count, self._rows[picture.row]['sample_index'])
            found['column'] = np.full(count, picture.column, np.int16)
            self._measured[picture.row, picture.column] = found
            if picture.column == 0:
                self._clean[picture.row] = (picture.inputs, None)
        return [None] * len(batch)

    def _table(self) -> Persons:
        found = list(self._measured.values())
        return Persons(
            **self._kinds(),
            **self._described(),
            **{name: np.concatenate([one[name] for one in found]) for name in found[0]},
        )
