"""Check the files that a data set reads before it reads them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from scipy.io import loadmat

from mmpose_stable.config_parts import type_name
from mmpose_stable.datasets.checks import (
    coco_metric_fault,
    detections_fault,
    document_fault,
    is_usable_box,
    names_fit,
)
from mmpose_stable.files import picture_size

# On a disk of a network a header can take milliseconds; COCO has 118 thousand pictures.
SIZES_READ = 2000


def check_files(dataset: BaseCocoStyleDataset, foreign: bool = False) -> None:
    """Check labels, detected boxes and head boxes of a data set as a whole.

    Files that are not there are left to the data set, whose errors name them.

    Args:
        foreign: Other names of keypoints are a warning: those in the RHD files of MMPose, for one,
            are not in the order of the keypoints there.

    Raises:
        ValueError: A file is not what the data set takes it for; the message names it.
    """
    labels = Path(dataset.ann_file)
    if labels.suffix != '.json' or not labels.is_file():
        return
    document = _read_json(labels)
    if isinstance(document, list):  # MPII's
        _check_head_boxes(document, dataset)
        return
    _refuse(labels, 'ann_file', document_fault(document))
    expected = list(dataset.metainfo['keypoint_name2id'])
    for category in document.get('categories') or []:
        names = category.get('keypoints')
        if names and not names_fit(names, expected):
            fault = (
                f'its category {category.get("name")!r} has the keypoints {list(names)}, but the '
                f'data set has {expected}, and takes the numbers of each annotation in this order'
            )
            _warn(f'ann_file {labels}: {fault}') if foreign else _refuse(labels, 'ann_file', fault)
    _refuse(labels, 'ann_file', _size_fault(document['images'], Path(dataset.data_prefix['img'])))
    if dataset.bbox_file and Path(dataset.bbox_file).is_file():
        detections = _read_json(Path(dataset.bbox_file))
        _refuse(dataset.bbox_file, 'bbox_file', detections_fault(detections, document['images']))
        unused = len(detections) - sum(map(is_usable_box, detections))
        if unused:
            _warn(
                f'bbox_file {dataset.bbox_file}: {unused} of {len(detections)} boxes are left out: '
                'their category_id is not 1, or they have no area'
            )


def indices_with_area(samples: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return which samples have a box with area; ``bbox`` is (1, 4) x1, y1, x2, y2 in pixels."""
    corners = [np.asarray(sample['bbox']).reshape(-1, 4)[0] for sample in samples]
    return [at for at, (x1, y1, x2, y2) in enumerate(corners) if x2 > x1 and y2 > y1]


def leave_out_boxes_without_area(dataset: Any) -> None:
    """Leave out the samples of detected boxes without area, in place.

    No distance can be measured in sizes of such a box.
    """
    parts = getattr(dataset, 'datasets', None)
    if parts is not None:
        for part in parts:
            leave_out_boxes_without_area(part)
        if not dataset.resample:  # else its length is a setting
            dataset._lens = [len(part) for part in parts]
            dataset._len = sum(dataset._lens)
    elif getattr(dataset, 'bbox_file', None):
        kept = indices_with_area(dataset.get_data_info(at) for at in range(len(dataset)))
        if len(kept) < len(dataset):
            dataset.get_subset_(kept)


def check_metric_files(evaluators: Any, dataset: Any) -> None:
    """Check the label files of each configured ``CocoMetric``.

    Raises:
        ValueError: The metric would misread a file, or fail on it after the test; the message names
            it.
    """
    own = Path(dataset.get('data_root') or '', str(dataset.get('ann_file')))
    for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
        if not isinstance(evaluator, Mapping):
            continue
        check_metric_files(evaluator.get('metrics') or [], dataset)
        if 'type' not in evaluator or type_name(evaluator) != 'CocoMetric':
            continue
        # Without a file of its own it reads the annotations of the samples.
        path = Path(evaluator.get('ann_file') or own)
        if path.suffix == '.json' and path.is_file():  # the metric names one that is not there
            document = _read_json(path)
            use_area = evaluator.get('use_area', True)
            fault = document_fault(document) or coco_metric_fault(
                document.get('annotations') or [], use_area
            )
            _refuse(path, 'ann_file of CocoMetric', fault)


def _check_head_boxes(persons: Sequence[Any], dataset: BaseCocoStyleDataset) -> None:
    path = getattr(dataset, 'headbox_file', None)
    if not path or not Path(path).is_file():
        return
    boxes = np.shape(loadmat(path).get('headboxes_src'))
    if boxes != (2, 2, len(persons)):
        raise ValueError(
            f'headbox_file {path}: "headboxes_src" should have the shape (2, 2, {len(persons)}), '
            f'one box for each person of {dataset.ann_file} in its order, but has {boxes}. Write '
            'both files in one go (tools/converters/mpii_to_coco.py --out --head-boxes)'
        )


def _size_fault(images: Sequence[Mapping], folder: Path) -> str | None:
    """Compare the sizes that a file names with the pictures', of a sample where they are many."""
    for image in images[:: max(1, len(images) // SIZES_READ)]:
        given = (image.get('width'), image.get('height'))
        path = folder / str(image['file_name'])
        try:
            size = picture_size(path)
        except OSError:  # absent or no picture: LoadImage names it, if it is used at all
            continue
        if None not in given and given != size:
            return (
                f'image {image["id"]} ({image["file_name"]}) is {given[0]}x{given[1]} pixels in '
                f'it, but the picture {path} is loaded as {size[0]}x{size[1]}'
            )
    return None


def _read_json(path: Path) -> Any:
    try:
        # As COCO's own reader, which takes no byte-order mark.
        return json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'{path} is no JSON file in plain UTF-8: {error}') from error


def _refuse(path: str | Path, key: str, fault: str | None) -> None:
    if fault:
        raise ValueError(f'{key} {path}: {fault}')


def _warn(message: str) -> None:
    print_log(message, logger='current', level=logging.WARNING)
