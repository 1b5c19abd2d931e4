"""What is wrong with the content of COCO style files: labels and detected boxes.

Each function here takes parsed content and returns one sentence without a full stop, or ``None``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np

# Text in one of these is not taken for a number by all that read it: "0" is a crowd to some.
_NUMBERS = ('iscrowd', 'width', 'height', 'bbox', 'area', 'num_keypoints', 'keypoints')
#: The category of persons, the only one that MMPose takes of detected boxes.
PERSON = 1


def document_fault(document: Any) -> str | None:
    """Say why annotations of a COCO style file cannot be told apart, or are in no picture of it.

    COCO's index keeps the last of several entries with one id, for all of them.
    """
    parts = document if isinstance(document, Mapping) else {}
    # A test part without labels has no annotations.
    images, annotations = parts.get('images'), parts.get('annotations') or []
    if not _is_list_of_objects(images) or not _is_list_of_objects(annotations):
        return 'it should hold an object with the lists "images" and "annotations"'
    fault = (
        _identity_fault(images, 'images')
        or _identity_fault(annotations, 'annotations')
        or _number_list_fault((one.get('image_id') for one in annotations), 'image_id')
    )
    # InterHand2.6M has no categories, and MMPose's class for it asks for none.
    if not fault and 'categories' in parts:
        numbers = (one.get('category_id') for one in annotations)
        fault = _number_list_fault(numbers, 'category_id')
    if fault:
        return fault
    for image in images:
        fault = number_fault(image)
        if fault:
            return f'image {image["id"]}: {fault}'
    known = {image['id'] for image in images}
    lost = [one for one in annotations if one['image_id'] not in known]
    if lost:
        return (
            f'annotations {_some(one["id"] for one in lost)} belong to images that it does not '
            f'list: {_some(one["image_id"] for one in lost)}'
        )
    for field in ('bbox', 'keypoints'):
        if _are_shares(annotations, field):
            return f'"{field}" should be in pixels, but holds shares of a picture'
    categories = parts.get('categories') or []
    if not _is_list_of_objects(categories):
        return f'"categories" should be a list of objects, but is {categories!r}'
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


def number_fault(entry: Mapping) -> str | None:
    """Say which field of an entry of ``annotations`` or ``images`` should hold numbers."""
    for field in _NUMBERS:
        empty = field in ('bbox', 'keypoints') and field in entry and entry[field] is None
        if empty or not _all_numbers(entry.get(field)):
            return f'"{field}" should hold numbers, but is {entry[field]!r}'
    return None


def coco_metric_fault(
    annotations: Iterable[Mapping], use_area: bool = True, crowd: bool = False
) -> str | None:
    """Say why COCO's metric would fail on annotations, or find no prediction near any of them.

    Args:
        use_area: Whether distances are divided by ``area``.
        crowd: Whether the metric is that of CrowdPose.
    """
    needed = ['iscrowd', *['area'] * use_area, *['num_keypoints'] * crowd]
    for one in annotations:
        fault = absent_fault(one, needed)
        if not fault and use_area and one['area'] <= 0 and any(_numbers(one.get('keypoints'))):
            fault = 'its "area", by which the metric divides distances, is 0'
        if fault:
            way_out = ' (without area: `use_area=False`)' if use_area else ''
            return f'annotation {one["id"]}: {fault}; the metric needs {", ".join(needed)}{way_out}'
    return None


def look_like_corners(entries: Iterable[Mapping], images: Iterable[Mapping]) -> bool:
    """Whether boxes seem to be x1, y1, x2, y2, where COCO's are x, y, width, height.

    As corners all of them are boxes in their pictures, and not all are as COCO has them.
    """
    sizes = {image['id']: (image.get('width'), image.get('height')) for image in images}
    beyond = False
    for entry in entries:
        size, box = sizes[entry['image_id']], np.array(_numbers(entry.get('bbox'))[:4])
        if None in size or len(box) < 4:
            continue
        if (box[2:] <= box[:2]).any() or (box[2:] > np.add(size, 1)).any():
            return False
        beyond = beyond or bool((box[:2] + box[2:] > np.add(size, 1)).any())
    return beyond


def detections_fault(detections: Any, images: Iterable[Mapping]) -> str | None:
    """Say why a list of detected boxes cannot be used with a label file.

    Boxes of other categories and boxes without area are no fault while others are left; see
    :func:`unused_boxes`.

    Args:
        detections: Content of the file: entries with ``image_id``, ``category_id``, ``bbox``
            (x, y, width, height in pixels) and ``score``.
        images: The list ``images`` of the label file.
    """
    if not _is_list_of_objects(detections):
        return 'it should hold a list of boxes, each with image_id, category_id, bbox and score'
    if not detections:
        return 'it holds no box'
    for number, entry in enumerate(detections):
        for field in ('image_id', 'category_id', 'bbox', 'score'):
            if entry.get(field) is None:
                return f'box {number} has no field "{field}"'
            if not _all_numbers(entry[field]):
                return f'"{field}" of box {number} should hold numbers, but is {entry[field]!r}'
        box = _numbers(entry['bbox'])  # some detectors write the score behind the four numbers
        if len(box) < 4 or not all(isfinite(one) for one in box[:4]):
            return f'"bbox" of box {number} should be four finite numbers, but is {entry["bbox"]}'
        if not isfinite(entry['score']):
            return f'"score" of box {number} should be a finite number, but is {entry["score"]}'
    known = {image['id']: image for image in images}
    lost = {entry['image_id'] for entry in detections} - set(known)
    if lost:
        return f'it has boxes of images that the label file does not list: {_some(sorted(lost))}'
    if _are_shares(detections, 'bbox'):
        return '"bbox" should be in pixels, but holds shares of a picture'
    for number, entry in enumerate(detections):
        image = known[entry['image_id']]
        if min(entry['bbox'][2:4]) > 0 and (fault := _outside_fault(entry['bbox'], image, 0)):
            return f'box {number}: {fault}; are the boxes of these pictures?'
    unused = unused_boxes(detections)
    if sum(unused.values()) == len(detections):
        return f'none of its {len(detections)} boxes can be used: {describe_counts(unused)}'
    return None


def unused_boxes(detections: Iterable[Mapping]) -> Counter[str]:
    """Count the detected boxes that give no sample, by reason."""
    unused: Counter[str] = Counter()
    for entry in detections:
        if entry['category_id'] != PERSON:
            unused[f'of category_id {entry["category_id"]} (persons have {PERSON})'] += 1
        elif min(entry['bbox'][2:4]) <= 0:
            unused['without area'] += 1
    return unused


def describe_counts(counts: Mapping[str, int]) -> str:
    """Return counts by reason as one line, the largest first."""
    return ', '.join(f'{n} {reason}' for reason, n in sorted(counts.items(), key=lambda i: -i[1]))


def _identity_fault(entries: Sequence[Mapping], kind: str) -> str | None:
    ids = [entry.get('id') for entry in entries]
    fault = _number_list_fault(ids, 'id', kind)
    repeated = [] if fault else [one for one, count in Counter(ids).items() if count > 1]
    return f'several {kind} have the same id: {_some(repeated)}' if repeated else fault


def _number_list_fault(values: Iterable[Any], field: str, kind: str = 'annotations') -> str | None:
    wrong = [value for value in values if not isinstance(value, Integral)]
    if not wrong:
        return None
    if None in wrong:
        return f'{wrong.count(None)} {kind} have no field "{field}"'
    return f'"{field}" of {kind} should be whole numbers, but is {_some(map(repr, wrong))}'


def absent_fault(entry: Mapping, fields: Iterable[str]) -> str | None:
    """Say which field an entry lacks."""
    absent = [field for field in fields if entry.get(field) is None]
    return f'it has no field "{absent[0]}"' if absent else None


def _are_shares(entries: Iterable[Mapping], field: str) -> bool:
    """Whether no number of a field is above 1, or 2 where flags are among them."""
    limit, largest = (2 if field == 'keypoints' else 1), 0.0
    for entry in entries:
        largest = max(largest, *_numbers(entry.get(field)), 0.0)
        if largest > limit:
            return False
    return largest > 0


def _all_numbers(value: Any) -> bool:
    """Whether a value, however nested, is of numbers; None is the NaN of JSON."""
    kinds = set(map(type, np.asarray(value, dtype=object).ravel()))
    return all(issubclass(kind, (Real, type(None))) for kind in kinds)


def _numbers(value: Any) -> list[float]:
    return [float(one) for one in np.asarray(value, dtype=object).ravel() if isinstance(one, Real)]


def _outside_fault(box: Sequence[float], image: Mapping, border: int) -> str | None:
    x, y, width, height = list(box)[:4]
    size = image.get('width'), image.get('height')
    if None in size or (-width < x < size[0] - border and -height < y < size[1] - border):
        return None
    return f'its box {list(box)} lies outside of the image of {size[0]}x{size[1]} pixels'


def _some(values: Iterable[Any], shown: int = 5) -> str:
    values = list(values)
    more = f' and {len(values) - shown} more' if len(values) > shown else ''
    return ', '.join(str(value) for value in values[:shown]) + more


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


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
    fault = number_fault(annotation)
    if fault is not None:
        return fault
    fault = absent_fault(annotation, ('keypoints', 'bbox'))
    if fault is not None:
        return fault
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
    unplaced = np.flatnonzero((keypoints[:, 2] > 0) & (keypoints[:, :2] == 0).all(axis=1))
    if unplaced.size:
        return f'keypoints {unplaced.tolist()} at (0, 0) are flagged as labelled; their flag is 0'

    bbox = np.asarray(annotation['bbox'], dtype=np.float64).reshape(-1)
    if bbox.size != 4 or not np.isfinite(bbox).all():
        return f'"bbox" should be four finite numbers x, y, width, height, but is {bbox.tolist()}'
    if min(bbox[2:]) <= 0:
        return f'its box {bbox.tolist()} has no area'
    return _outside_fault(bbox.tolist(), image, border=1)  # MMPose cuts boxes at the last pixel
