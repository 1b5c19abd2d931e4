"""Persons of whom only the boxes are known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS


@DATASETS.register_module()
class UnlabelledDataset(BaseCocoStyleDataset):
    """Boxes of a COCO file, whose keypoints are not read, as samples without a labelled keypoint.

    Args:
        ann_file: The file: ``images`` with ``id`` and ``file_name`` (below the image prefix, or
            absolute), ``annotations`` with ``image_id`` and ``bbox`` (x, y, width, height).
        metainfo: The keypoints of the model: as in MMPose, or ``dict(from_dataset=NAME)`` for
            those of another data set's class.
    """

    def __init__(self, ann_file: str, metainfo: dict[str, Any], **kwargs: Any) -> None:
        if set(metainfo) == {'from_dataset'}:
            metainfo = DATASETS.get(metainfo['from_dataset']).METAINFO
        super().__init__(ann_file, metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return a sample a box."""
        content = json.loads(Path(self.ann_file).read_text(encoding='utf-8'))
        files = {image['id']: image['file_name'] for image in content['images']}
        return [self._sample(at, box, files) for at, box in enumerate(content['annotations'])]

    def _sample(self, at: int, annotation: dict[str, Any], files: dict[Any, str]) -> dict[str, Any]:
        x, y, width, height = annotation['bbox']
        count = self.metainfo['num_keypoints']
        return {
            'id': annotation.get('id', at),
            'img_id': annotation['image_id'],
            'img_path': str(Path(self.data_prefix['img'], files[annotation['image_id']])),
            'bbox': np.array([[x, y, x + width, y + height]], np.float32),
            'bbox_score': np.ones(1, np.float32),
            'keypoints': np.zeros((1, count, 2), np.float32),
            'keypoints_visible': np.zeros((1, count), np.float32),
            'num_keypoints': 0,
            'area': np.float32(width * height),
            'iscrowd': 0,
            'category_id': 1,
        }
