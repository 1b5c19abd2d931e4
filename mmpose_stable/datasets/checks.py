"""Checks of COCO style keypoint annotations when a dataset is loaded."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

FAULT_ACTIONS = ('error', 'skip')


def annotation_fault(annotation: Mapping, image: Mapping, num_keypoints: int) -> str | None:
    """Say what makes one COCO style annotation unusable.

    Coordinates of unlabelled keypoints (third value 0) are not looked at, and keypoints or boxes
    that lie partly outside of the image are no fault: a labelled joint may well be cut off.

    Args:
        annotation: Entry of ``annotations`` with ``bbox`` (x, y, width, height) and ``keypoints``
            (K triples x, y, visibility, flat or nested), in image pixels.
        image: Entry of ``images`` with ``width`` and ``height`` in pixels.
        num_keypoints: Keypoints K the dataset declares.

    Returns:
        One sentence without a full stop, or ``None`` for a sound annotation.
    """
    for field in ('keypoints', 'bbox'):
        if annotation.get(field) is None:
            return f'it has no field "{field}"'
        try:
            np.asarray(annotation[field], dtype=np.float64)
        except (TypeError, ValueError):
            return f'"{field}" should hold numbers, but is {annotation[field]!r}'
    for field in ('width', 'height'):
        if image.get(field) is None:
            return f'its image has no field "{field}"'
    keypoints = np.asarray(annotation['keypoints'], dtype=np.float64).reshape(-1)
    if keypoints.size != 3 * num_keypoints:
        return (
            f'"keypoints" should hold {num_keypoints} triples x, y, visibility '
            f'({3 * num_keypoints} numbers), but holds {keypoints.size} numbers'
        )
    keypoints = keypoints.reshape(-1, 3)
    if not np.isfinite(keypoints[:, 2]).all():
        return 'a visibility flag is not a finite number'
    broken = np.flatnonzero((keypoints[:, 2] > 0) & ~np.isfinite(keypoints[:, :2]).all(axis=1))
    if broken.size:
        return f'labelled keypoints {broken.tolist()} have coordinates that are not finite'

    bbox = np.asarray(annotation['bbox'], dtype=np.float64).reshape(-1)
    if bbox.size != 4 or not np.isfinite(bbox).all():
        return f'"bbox" should be four finite numbers x, y, width, height, but is {bbox.tolist()}'
    x, y, width, height = bbox
    if width <= 0 or height <= 0:
        return f'its box {bbox.tolist()} has no area'
    if x >= image['width'] - 1 or y >= image['height'] - 1 or x + width <= 0 or y + height <= 0:
        return (
            f'its box {bbox.tolist()} lies outside of the image of '
            f'{image["width"]}x{image["height"]} pixels'
        )
    return None


def zero_unlabelled(annotation: Mapping) -> dict:
    """Return a copy whose unlabelled keypoints are (0, 0, 0), so no NaN can leave them."""
    cleaned = copy.deepcopy(dict(annotation))
    keypoints = np.array(annotation['keypoints'], dtype=np.float64).reshape(-1, 3)
    keypoints[keypoints[:, 2] <= 0] = 0
    cleaned['keypoints'] = keypoints.reshape(-1).tolist()
    return cleaned


class CheckedCocoDataset(BaseCocoStyleDataset):
    """Base of the COCO style datasets here: no faulty annotation gets into training unnoticed.

    MMPose's own datasets drop annotations without keypoints or with a box outside of the image
    silently and let NaN coordinates through. Here a fault found by :func:`annotation_fault` is an
    error that names file, annotation and fault, or, on request, skipped and counted in one warning.
    Crowd regions and persons without any labelled keypoint are legitimate and left out.

    Args:
        on_fault: ``'error'``, or ``'skip'`` to leave faulty annotations out.
        kwargs: Arguments of ``BaseCocoStyleDataset``.
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
        data_list = super().load_data_list()
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
        if annotation.get('iscrowd'):
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
        cleaned = zero_unlabelled(annotation)
        if not any(flag > 0 for flag in cleaned['keypoints'][2::3]):
            return None
        return super().parse_data_info(dict(raw_ann_info=cleaned, raw_img_info=image))
