"""Turn a folder of pictures, a video or a COCO file into one COCO file of boxes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from mmpose_stable.files import read_text, write_image, write_text
from mmpose_stable.perturbations.table import MIN_SIDE
from mmpose_stable.robustness.jitter.boxes import person_boxes, read_rows
from mmpose_stable.robustness.jitter.video import open_video

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv')
# Neighbouring frames show the same: more of a clip teach nothing that these do not.
MOST_FRAMES = 400
_COLUMNS = ('file', 'x', 'y', 'w', 'h')


@dataclass
class People:
    """Boxes of persons in pictures.

    Attributes:
        boxes: (picture, x, y, width, height) of each person, in pixels.
        skipped: How many files or boxes were left out, by the reason.
    """

    boxes: list[tuple[Path, float, float, float, float]] = field(default_factory=list)
    skipped: Counter = field(default_factory=Counter)

    def __str__(self) -> str:
        pictures = len({box[0] for box in self.boxes})
        said = f'{len(self.boxes)} persons in {pictures} pictures'
        reasons = ', '.join(f'{count} {why}' for why, count in self.skipped.items())
        return f'{said}; skipped: {reasons}' if reasons else said


def is_video(source: Path) -> bool:
    """Whether a path names a video, by its suffix."""
    return source.suffix.lower() in VIDEO_SUFFIXES


def find_people(source: Path, boxes: Path | None, frames: Path) -> People:
    """Collect the persons that a source shows; files that are no pictures are left out and counted.

    Args:
        source: A folder of pictures, a video, or a COCO file, whose keypoints are not read.
        boxes: CSV file of boxes in pixels: ``file,x,y,w,h`` for a folder, with files relative to
            it; ``frame,x,y,w,h`` for a video, frames from 0. Without it, one person fills
            each picture.
        frames: Folder for the frames of a video.

    Raises:
        ValueError: The source is not there, or no picture of it can be used.
    """
    if source.is_dir():
        people = _of_folder(source, boxes)
    elif not source.is_file():
        raise ValueError(
            f'--images: expected a folder of pictures, a video or a COCO file, got {str(source)!r}'
        )
    elif source.suffix.lower() == '.json':
        if boxes:
            raise ValueError('--boxes: a COCO file given as --images has boxes of its own')
        people = _of_coco(source)
    else:
        people = _of_video(source, boxes, frames)
    if not people.boxes:
        raise ValueError(
            f'--images: {str(source)!r} has no picture that can be used ({people}); expected '
            f'pictures that OpenCV reads, at least {MIN_SIDE} pixels wide and high'
        )
    return people


def write_people(path: Path, people: People) -> None:
    """Write the boxes as a COCO file without keypoints, with absolute names of pictures."""
    ids = {picture: at for at, picture in enumerate(dict.fromkeys(b[0] for b in people.boxes))}
    content = {
        'images': [{'id': at, 'file_name': str(path)} for path, at in ids.items()],
        'annotations': [
            {'id': at, 'image_id': ids[box[0]], 'category_id': 1, 'bbox': list(box[1:])}
            for at, box in enumerate(people.boxes)
        ],
        'categories': [{'id': 1, 'name': 'person'}],
    }
    write_text(path, json.dumps(content))


def _of_folder(folder: Path, boxes: Path | None) -> People:
    if boxes:
        return _of_pictures({folder / name: rows for name, rows in _read_boxes(boxes).items()})
    return _of_pictures(dict.fromkeys(path for path in sorted(folder.rglob('*')) if path.is_file()))


def _of_pictures(wanted: Mapping[Path, Sequence[Any] | None]) -> People:
    """Take the boxes of each picture; None stands for all of it."""
    people = People()
    for path, size in _sizes(list(wanted), people.skipped):
        boxes = wanted[path]
        _take(people, path, size, [(0, 0, *size)] if boxes is None else boxes)
    return people


def _of_coco(path: Path) -> People:
    content = _read_json(path)
    by_image: dict[Any, list[Any]] = {}
    for annotation in content['annotations']:
        if not annotation.get('iscrowd'):
            by_image.setdefault(annotation.get('image_id'), []).append(annotation.get('bbox'))
    names = [str(image.get('file_name')) for image in content['images']]
    folder = _folder_of_pictures(path, names)
    return _of_pictures(
        {
            folder / name: by_image[image['id']]
            for name, image in zip(names, content['images'], strict=True)
            if image.get('id') in by_image
        }
    )


def _of_video(path: Path, boxes: Path | None, frames: Path) -> People:
    video = open_video(path)
    track = person_boxes(video, track=boxes)
    known = np.flatnonzero(~np.isnan(track).any(1))
    chosen = {int(at) for at in known[:: -(-len(known) // MOST_FRAMES)]}
    people = People()
    progress = tqdm(video.frames(video.length), total=video.length, desc='frames', unit='frame')
    for at, frame in enumerate(progress):
        if at in chosen:
            picture = frames.resolve() / f'{at:06d}.jpg'
            if not picture.is_file():
                write_image(picture, frame)
            x1, y1, x2, y2 = track[at]
            _take(people, picture, (video.width, video.height), [(x1, y1, x2 - x1, y2 - y1)])
    return people


def _take(
    people: People, path: Path, size: tuple[int, int], boxes: Iterable[Sequence[float] | None]
) -> None:
    for box in boxes:
        if (clipped := _inside(box, size)) is None:
            people.skipped['boxes without area in their picture'] += 1
        else:
            people.boxes.append((path.resolve(), *clipped))


def _inside(box: Any, size: tuple[int, int]) -> tuple[float, float, float, float] | None:
    """Return the part of a box in its picture, None where that has no area or is no box."""
    try:
        x, y, width, height = (float(value) for value in box)
    except (TypeError, ValueError):
        return None
    x2, y2 = min(x + width, size[0]), min(y + height, size[1])
    x, y = max(x, 0.0), max(y, 0.0)
    fine = np.isfinite([x, y, x2, y2]).all() and x2 > x and y2 > y
    return (x, y, x2 - x, y2 - y) if fine else None


def _sizes(paths: Sequence[Path], skipped: Counter) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Yield each picture's width and height in pixels, upright; count what is none."""
    with ThreadPoolExecutor() as threads:
        sizes = threads.map(_size, paths)
        for path, size in zip(paths, tqdm(sizes, 'pictures', len(paths)), strict=True):
            if size is None:
                skipped['files that are no picture'] += 1
            elif min(size) < MIN_SIDE:
                skipped[f'pictures below {MIN_SIDE} pixels'] += 1
            else:
                yield path, size


def _size(path: Path) -> tuple[int, int] | None:
    """Decode a picture as the training will: a header alone does not show whether that works."""
    try:
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    return None if picture is None else (picture.shape[1], picture.shape[0])


def _read_boxes(path: Path) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for _, row in read_rows(path, _COLUMNS):
        found.setdefault(str(Path(row['file'] or '')), []).append([row[n] for n in _COLUMNS[1:]])
    return found


def _read_json(path: Path) -> Mapping[str, list[Mapping[str, Any]]]:
    try:
        content = json.loads(read_text(path))
        entries = [*content['images'], *content['annotations']]
        if not all(isinstance(entry, Mapping) for entry in entries):
            raise TypeError('they should be lists of objects')
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f'--images: {path} is no COCO file with "images" and "annotations" ({error})'
        ) from error
    return content


def _folder_of_pictures(path: Path, names: Sequence[str]) -> Path:
    """Return the folder that file names are below: the file's, COCO's layout, or ``images``."""
    beside = [path.parent, path.parent / 'images']
    above = [path.parent.parent / name for name in ('', 'images', path.stem.split('_')[-1])]
    for folder in (*beside, *above):
        if any((folder / name).is_file() for name in names):
            return folder
    tried = ', '.join(map(str, [*beside, *above]))
    raise ValueError(
        f'--images: none of the {len(names)} pictures that {path} names is in {tried}; make '
        '"file_name" absolute, or put the file beside its pictures'
    )
