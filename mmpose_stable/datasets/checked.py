"""COCO style data sets that check their files when they are loaded."""

import copy
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.registry import DATASETS

from mmpose_stable.datasets.checks import annotation_fault
from mmpose_stable.datasets.label_files import check_files, indices_with_area

FAULT_ACTIONS = ('error', 'skip')


class CheckedCocoDataset(BaseCocoStyleDataset):
    """Base of the COCO style datasets here: no faulty annotation gets into training unnoticed.

    MMPose's own datasets drop annotations without keypoints or with a box outside of the image
    silently and let NaN coordinates through. Here a fault found by :func:`annotation_fault` is an
    error that names file, annotation and fault, or, on request, skipped and counted in one warning.
    What concerns the file as a whole (:func:`check_files`) is always an error.
    Crowd regions and persons without any labelled keypoint are legitimate and left out.

    Args:
        on_fault: ``'error'``, or ``'skip'`` to leave faulty annotations out.
    """

    def __init__(self, *args, on_fault: str = 'error', **kwargs) -> None:
        if on_fault not in FAULT_ACTIONS:
            raise ValueError(
                f'on_fault of {type(self).__name__} should be one of {FAULT_ACTIONS}, '
                f'but is {on_fault!r}'
            )
        self.on_fault = on_fault
        self._faults: list[str] = []
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Load the annotations and say how many were skipped."""
        self._faults = []
        check_files(self)
        data_list = super().load_data_list()
        if self.bbox_file:
            data_list = [data_list[at] for at in indices_with_area(data_list)]
        if self._faults:
            print_log(
                f'{type(self).__name__} skipped {len(self._faults)} faulty annotations of '
                f'{self.ann_file}; the first: {self._faults[0]}',
                logger='current',
                level=logging.WARNING,
            )
        if not data_list:
            raise ValueError(
                f'{self.ann_file} holds no usable annotation for {type(self).__name__}; '
                'check ann_file and the categories in it'
            )
        return data_list

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """Check one annotation and turn it into a sample; ``None`` leaves it out."""
        annotation, image = raw_data_info['raw_ann_info'], raw_data_info['raw_img_info']
        if annotation.get('iscrowd') == 1:  # True too, and no text
            return None
        fault = annotation_fault(annotation, image, self.metainfo['num_keypoints'])
        if fault is not None:
            message = f'annotation {annotation.get("id")} of {image.get("file_name")}: {fault}'
            if self.on_fault == 'error':
                raise ValueError(
                    f'{self.ann_file}: {message}. Correct the file, or set on_fault="skip" in the '
                    'dataset config to leave such annotations out'
                )
            self._faults.append(message)
            return None
        cleaned = _zero_unlabelled(annotation)
        if not cleaned['num_keypoints']:
            return None
        return super().parse_data_info(dict(raw_ann_info=cleaned, raw_img_info=image))


def _zero_unlabelled(annotation: Mapping) -> dict:
    """Return a copy whose unlabelled keypoints are (0, 0, 0), so no NaN can leave them.

    The copy's ``num_keypoints`` is that of its keypoints, whatever the file says or leaves out.
    """
    cleaned = copy.deepcopy(dict(annotation))
    keypoints = np.array(annotation['keypoints'], dtype=np.float64).reshape(-1, 3)
    keypoints[keypoints[:, 2] <= 0] = 0
    cleaned['keypoints'] = keypoints.reshape(-1).tolist()
    cleaned['num_keypoints'] = int((keypoints[:, 2] > 0).sum())
    return cleaned


def check_configured_files(config: Mapping[str, Any]) -> None:
    """Check the files of a configured data set of MMPose, and of those that it combines."""
    for part in (*(config.get('datasets') or ()), config.get('dataset')):
        if isinstance(part, Mapping):
            check_configured_files(part)
    kind = config.get('type')
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    if not isinstance(kind, type) or not issubclass(kind, BaseCocoStyleDataset):
        return
    if not issubclass(kind, CheckedCocoDataset):  # those do it when they load
        check_files(DATASETS.build({**config, 'pipeline': [], 'lazy_init': True}), foreign=True)
