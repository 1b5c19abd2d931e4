"""Check the files that a data set reads before it reads them."""

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
    absent_fault,
    coco_metric_fault,
    describe_counts,
    detections_fault,
    document_fault,
    look_like_corners,
    names_fit,
    number_fault,
    unused_boxes,
)
from mmpose_stable.files import picture_size

# On a disk of a network a header can take milliseconds; COCO has 118 thousand pictures.
SIZES_READ = 2000


def check_files(dataset: BaseCocoStyleDataset, foreign: bool = False) -> None:
    """Check labels, detected boxes and head boxes of a data set as a whole.

    Files that are not there are left to the data set, whose errors name them.

    Args:
        foreign: The data set does not check entries of ``annotations`` itself, so it is done here.
            Other names of keypoints are a warning then: those in MMPose's own RHD files, for one,
            are not in the order of the keypoints there.
    """
    labels = Path(dataset.ann_file)
    if labels.suffix != '.json' or not labels.is_file():
        return
    document = _read_json(labels)
    if isinstance(document, list):  # MPII's
        _check_head_boxes(document, dataset)
        return
    names = list(dataset.metainfo['keypoint_name2id'])
    _refuse(labels, 'ann_file', document_fault(document))
    for category in document.get('categories') or []:
        given = category.get('keypoints')
        if not given or names_fit(given, names):
            continue
        differ = f'its keypoints are {list(given)}, those of the data set are {names}'
        if foreign:
            _warn(f'ann_file {labels}: {differ}; the order of the data set is taken')
        else:
            raise ValueError(
                f'ann_file {labels}: {differ}: bring them, and the triples of each annotation, to '
                'that order'
            )
    annotations = document.get('annotations') or []
    if foreign:
        _refuse(labels, 'ann_file', _first_number_fault(annotations))
    _refuse(labels, 'ann_file', _image_fault(document['images'], annotations))
    _refuse(labels, 'ann_file', _size_fault(document['images'], Path(dataset.data_prefix['img'])))
    _warn_of_corners(f'ann_file {labels}', annotations, document)
    if dataset.bbox_file and Path(dataset.bbox_file).is_file():
        _check_boxes(Path(dataset.bbox_file), document)


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
    """Check the label files that configured metrics read.

    Raises:
        ValueError: A metric would misread a file, or fail on it after the test; the message names
            it.
    """
    own = Path(dataset.get('data_root') or '', str(dataset.get('ann_file')))
    for evaluator in evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]:
        if not isinstance(evaluator, Mapping):
            continue
        check_metric_files(evaluator.get('metrics') or [], dataset)
        name = type_name(evaluator) if 'type' in evaluator else ''
        # Without a file of its own COCO's metric reads the annotations of the samples.
        path = Path(evaluator.get('ann_file') or (own if name == 'CocoMetric' else ''))
        if path.suffix != '.json' or not path.is_file():  # the metric names one that is not there
            continue
        document, key = _read_json(path), f'ann_file of {name}'
        _refuse(path, key, document_fault(document))
        annotations = document.get('annotations') or []
        _refuse(path, key, _first_number_fault(annotations))
        if name == 'CocoMetric':
            crowd = evaluator.get('iou_type') == 'keypoints_crowd'
            fault = coco_metric_fault(annotations, evaluator.get('use_area', True), crowd)
            _refuse(path, key, fault)
            listed = {category.get('id') for category in document.get('categories') or []}
            other = sorted({one.get('category_id') for one in annotations} - listed, key=str)
            if other:
                _warn(
                    f'{key} {path}: its categories are {sorted(listed)}, its annotations also of '
                    f'category_id {other}; the metric leaves these out'
                )


def _first_number_fault(annotations: Iterable[Mapping[str, Any]]) -> str | None:
    faults = ((one['id'], number_fault(one)) for one in annotations)
    return next((f'annotation {at}: {fault}' for at, fault in faults if fault), None)


def _warn_of_corners(
    file: str, entries: Iterable[Mapping[str, Any]], document: Mapping[str, Any]
) -> None:
    if look_like_corners(entries, document['images']):
        _warn(
            f'{file}: its boxes look like corners x1, y1, x2, y2, but are taken for x, y, width, '
            'height, and as such reach beyond their pictures'
        )


def _check_boxes(path: Path, document: Mapping[str, Any]) -> None:
    detections = _read_json(path)
    _refuse(path, 'bbox_file', detections_fault(detections, document['images']))
    _warn_of_corners(f'bbox_file {path}', detections, document)
    unused = unused_boxes(detections)
    if unused:
        _warn(
            f'bbox_file {path}: {sum(unused.values())} of {len(detections)} boxes are left out: '
            f'{describe_counts(unused)}'
        )


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


def _image_fault(
    images: Iterable[Mapping[str, Any]], annotations: Iterable[Mapping[str, Any]]
) -> str | None:
    labelled = {one['image_id'] for one in annotations if one.get('keypoints')}
    for image in images:
        # Boxes are cut at the border of the picture, and so need its size.
        needed = ('file_name', 'width', 'height') if image['id'] in labelled else ('file_name',)
        if fault := absent_fault(image, needed):
            return f'image {image["id"]}: {fault}'
    return None


def _size_fault(images: Sequence[Mapping], folder: Path) -> str | None:
    """Compare the sizes that a file names with the pictures', of a sample where they are many."""
    for image in images[:: max(1, len(images) // SIZES_READ)]:
        given = (image.get('width'), image.get('height'))
        path = folder / str(image.get('file_name'))
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
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path} is no JSON file in plain UTF-8: {error}') from error


def _refuse(path: Path, key: str, fault: str | None) -> None:
    if fault:
        raise ValueError(f'{key} {path}: {fault}')


def _warn(message: str) -> None:
    print_log(message, logger='current', level=logging.WARNING)
