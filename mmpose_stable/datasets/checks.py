"""What is wrong with the content of COCO style files: labels and detected boxes.

Each function here takes parsed content and returns one sentence without a full stop, or ``None``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np

#: The category of persons, the only one that MMPose takes of detected boxes.
PERSON = 1


def document_fault(document: Any) -> str | None:
    """Say why entries of a COCO style file cannot be told apart or used.

    COCO's index keeps the last of several entries with one id, for all of them.
    """
    parts = document if isinstance(document, Mapping) else {}
    # A test part without labels has no annotations.
    images, annotations = parts.get('images'), parts.get('annotations') or []
    if not _is_list_of_objects(images) or not _is_list_of_objects(annotations):
        return 'it should hold an object with the lists "images" and "annotations"'
    fault = (
        _entries_fault(images, 'images', ('id',))
        or _entries_fault(annotations, 'annotations', ('id', 'image_id', 'category_id'))
        or _images_fault(images, annotations)
    )
    if fault:
        return fault
    for field in ('bbox', 'keypoints'):
        if _are_shares(annotations, field):
            return f'"{field}" should be in pixels, but holds shares of a picture'
    return None


def names_fit(names: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether keypoint names of a file are those of a data set, in its order.

    Upper case, spaces and hyphens make no difference.
    """
    given, wanted = (
        [str(name).strip().lower().replace(' ', '_').replace('-', '_') for name in part]
        for part in (names, expected)
    )
    return given == wanted


def annotation_fault(annotation: Mapping, image: Mapping, num_keypoints: int) -> str | None:
    """Say what makes one COCO style annotation unusable.

    Coordinates of unlabelled keypoints (third value 0) are not looked at, and keypoints or boxes
    that lie partly outside of the image are no fault: a labelled joint may well be cut off.

    Args:
        annotation: Entry of ``annotations`` with ``bbox`` (x, y, width, height) and ``keypoints``
            (K triples x, y, visibility, flat or nested), in image pixels.
        image: Entry of ``images``, with ``width`` and ``height`` in pixels.
        num_keypoints: Keypoints K the dataset declares.
    """
    for field in ('keypoints', 'bbox'):
        if not _are_numbers(annotation.get(field)):
            return f'"{field}" should be a list of numbers, but is {annotation.get(field)!r}'
    keypoints, bbox = (np.array(annotation[key], float).ravel() for key in ('keypoints', 'bbox'))
    if keypoints.size != 3 * num_keypoints:
        return (
            f'"keypoints" should hold {num_keypoints} triples x, y, visibility '
            f'({3 * num_keypoints} numbers), but holds {keypoints.size} numbers'
        )
    keypoints = keypoints.reshape(-1, 3)
    labelled = ~(keypoints[:, 2] <= 0)  # also where the flag is NaN
    broken = np.flatnonzero(labelled & ~np.isfinite(keypoints).all(axis=1))
    if broken.size:
        return f'labelled keypoints {broken.tolist()} have numbers that are not finite'
    unplaced = np.flatnonzero(labelled & (keypoints[:, :2] == 0).all(axis=1))
    if unplaced.size:
        return f'keypoints {unplaced.tolist()} at (0, 0) are flagged as labelled; their flag is 0'
    if bbox.size != 4 or not np.isfinite(bbox).all():
        return f'"bbox" should be four finite numbers x, y, width, height, but is {bbox.tolist()}'
    if min(bbox[2:]) <= 0:
        return f'its box {bbox.tolist()} has no area'
    size = np.array([image['width'], image['height']])
    # MMPose cuts boxes at the last pixel.
    if (bbox[:2] >= size - 1).any() or (bbox[:2] + bbox[2:] <= 0).any():
        return f'its box {bbox.tolist()} lies outside of the image of {size[0]}x{size[1]} pixels'
    return None


def coco_metric_fault(annotations: Iterable[Mapping], use_area: bool = True) -> str | None:
    """Say why COCO's metric would fail on annotations, or find no prediction near any of them.

    Args:
        use_area: Whether distances are divided by ``area``.
    """
    for one in annotations:
        crowd, area = one.get('iscrowd'), one.get('area')
        labelled = any(_numbers(one.get('keypoints')))
        placed = isinstance(area, (int, float)) and (area > 0 or not labelled)
        if crowd is None or (use_area and not placed):
            return (
                f'annotation {one["id"]} has iscrowd {crowd} and area {area}; the metric needs '
                'iscrowd, and divides distances by area unless `use_area=False`'
            )
    return None


def detections_fault(detections: Any, images: Iterable[Mapping]) -> str | None:
    """Say why a list of detected boxes cannot be used with a label file.

    Args:
        detections: Content of the file: entries with ``image_id``, ``category_id``, ``bbox``
            (x, y, width, height in pixels) and ``score``.
        images: The list ``images`` of the label file.
    """
    if not _is_list_of_objects(detections) or not detections:
        return 'it should hold a list of boxes, each with image_id, category_id, bbox and score'
    for number, entry in enumerate(detections):
        box = entry.get('bbox')
        numbers = [entry.get(field) for field in ('image_id', 'category_id', 'score')]
        # Some detectors write the score behind the four numbers of a box.
        numbers += box[:4] if isinstance(box, list) else []
        finite = [one for one in numbers if isinstance(one, Real) and isfinite(one)]
        if len(finite) < 7:
            return (
                f'box {number} should have finite numbers as image_id, category_id, score and '
                f'bbox (x, y, width, height), but is {dict(entry)}'
            )
    lost = {entry['image_id'] for entry in detections} - {image['id'] for image in images}
    if lost:
        return f'it has boxes of images that the label file does not list: {_some(sorted(lost))}'
    if _are_shares(detections, 'bbox'):
        return '"bbox" should be in pixels, but holds shares of a picture'
    if not any(map(is_usable_box, detections)):
        return f'none of its {len(detections)} boxes has category_id {PERSON} and an area'
    return None


def is_usable_box(detection: Mapping) -> bool:
    """Whether a detected box is that of a person and has an area."""
    return detection['category_id'] == PERSON and min(detection['bbox'][2:4]) > 0


def _entries_fault(entries: Sequence[Mapping], kind: str, keys: Sequence[str]) -> str | None:
    """Say which keys are no whole numbers, or which id is that of several entries."""
    for key in keys:
        wrong = [entry.get(key) for entry in entries if not isinstance(entry.get(key), Integral)]
        if wrong:
            return f'"{key}" of {kind} should be whole numbers, but is {_some(map(repr, wrong))}'
    repeated = [at for at, count in Counter(entry['id'] for entry in entries).items() if count > 1]
    if repeated:
        return f'several {kind} have the same id: {_some(repeated)}'
    return None


def _images_fault(images: Sequence[Mapping], annotations: Sequence[Mapping]) -> str | None:
    """Say which annotations have no image, and which images lack what loading them needs."""
    known = {image['id'] for image in images}
    lost = [one for one in annotations if one['image_id'] not in known]
    if lost:
        return (
            f'annotations {_some(one["id"] for one in lost)} belong to images that it does not '
            f'list: {_some(one["image_id"] for one in lost)}'
        )
    labelled = {one['image_id'] for one in annotations if one.get('keypoints')}
    for image in images:
        # Boxes are cut at the border of the picture, and so need its size.
        needed = ('file_name', 'width', 'height') if image['id'] in labelled else ('file_name',)
        absent = [field for field in needed if image.get(field) is None]
        if absent:
            return f'image {image["id"]} has no field "{absent[0]}"'
    return None


def _are_shares(entries: Iterable[Mapping], field: str) -> bool:
    """Whether no number of a field is above 1, or 2 where flags are among them."""
    limit, largest = (2 if field == 'keypoints' else 1), 0.0
    for entry in entries:
        largest = max(largest, *_numbers(entry.get(field)), 0.0)
        if largest > limit:
            return False
    return largest > 0


def _numbers(value: Any) -> list[float]:
    return [float(one) for one in np.asarray(value, dtype=object).ravel() if isinstance(one, Real)]


def _some(values: Iterable[Any], shown: int = 5) -> str:
    values = list(values)
    more = f' and {len(values) - shown} more' if len(values) > shown else ''
    return ', '.join(str(value) for value in values[:shown]) + more


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _are_numbers(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind in 'iuf'
    except ValueError:  # lists of different lengths
        return False
