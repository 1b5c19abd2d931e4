"""Turn a folder of pictures, a video or a COCO file into one COCO file of boxes."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from mmpose_stable.files import read_text, write_text
from mmpose_stable.robustness.jitter.boxes import person_boxes, read_rows
from mmpose_stable.robustness.jitter.video import open_video

# Neighbouring frames show the same: more of a clip teach nothing that these do not.
MOST_FRAMES = 400
_COLUMNS = ('file', 'x', 'y', 'w', 'h')
# A picture, and the x, y, width and height of a person in it; None stands for all of the picture.
Person = tuple[Path, Sequence[Any] | None]


def is_video(source: Path) -> bool:
    """Whether a path is taken for a video: it is a file, and no JSON."""
    return source.is_file() and source.suffix.lower() != '.json'


def find_people(source: Path, boxes: Path | None, frames: Path) -> tuple[list[Person], int]:
    """Collect the persons that a source shows.

    Args:
        source: A folder of pictures, a video, or a COCO file, whose keypoints are not read.
        boxes: CSV file of boxes in pixels: ``file,x,y,w,h`` for a folder, with files relative to
            it; ``frame,x,y,w,h`` for a video, frames from 0. Without it, one person fills
            each picture.
        frames: Folder for the frames of a video.

    Returns:
        The persons, with their boxes cut at the border of the picture, and how many were left out:
        files that are no picture, and boxes that are empty or outside of their picture.

    Raises:
        ValueError: The source is not there, or no picture of it can be used.
    """
    if is_video(source):
        wanted = _of_video(source, boxes, frames)
    elif source.is_file():
        if boxes:
            raise ValueError('--boxes: a COCO file given as --images has boxes of its own')
        wanted = _of_coco(source)
    elif not source.is_dir():
        raise ValueError(
            f'--images: expected a folder of pictures, a video or a COCO file, got {str(source)!r}'
        )
    elif boxes:
        rows = [row for _, row in read_rows(boxes, _COLUMNS)]
        wanted = [(source / (row['file'] or ''), [row[n] for n in _COLUMNS[1:]]) for row in rows]
    else:
        wanted = [(path, None) for path in sorted(source.rglob('*')) if path.is_file()]
    people = _inside_of_pictures(wanted)
    if not people:
        raise ValueError(
            f'--images: {str(source)!r} has no picture that can be used, in {len(wanted)} files or '
            'boxes; expected pictures that OpenCV reads'
        )
    return people, len(wanted) - len(people)


def write_people(path: Path, people: Sequence[Person], source: Mapping[str, str]) -> None:
    """Write the boxes as a COCO file without keypoints, with absolute names of pictures.

    Args:
        source: What they were read from, for ``info``.
    """
    ids = {picture: at for at, picture in enumerate(dict.fromkeys(p for p, _ in people))}
    content = {
        'info': source,
        'images': [{'id': at, 'file_name': str(path)} for path, at in ids.items()],
        'annotations': [
            {'id': at, 'image_id': ids[picture], 'category_id': 1, 'bbox': box}
            for at, (picture, box) in enumerate(people)
        ],
        'categories': [{'id': 1, 'name': 'person'}],
    }
    write_text(path, json.dumps(content))


def _of_coco(path: Path) -> list[Person]:
    try:
        content = json.loads(read_text(path))
        names = {image['id']: image['file_name'] for image in content['images']}
        shown = [one for one in content['annotations'] if not one.get('iscrowd')]
        boxes = [(names[one['image_id']], one['bbox']) for one in shown]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f'--images: {path} is no COCO file with "images" and "annotations" ({error!r})'
        ) from error
    # Names are below the file's folder, or as in COCO, where val2017 is beside annotations.
    folders = [path.parent, path.parent.parent / path.stem.split('_')[-1]]
    for folder in folders:
        if any((folder / name).is_file() for name in names.values()):
            return [(folder / name, box) for name, box in boxes]
    raise ValueError(
        f'--images: none of the {len(names)} pictures that {path} names is in '
        f'{" or ".join(map(str, folders))}; make "file_name" absolute, or put the file beside its '
        'pictures'
    )


def _of_video(path: Path, boxes: Path | None, frames: Path) -> list[Person]:
    video = open_video(path)
    track = person_boxes(video, track=boxes)
    known = np.flatnonzero(~np.isnan(track).any(1))
    chosen = {int(at) for at in known[:: -(-len(known) // MOST_FRAMES)]}
    frames.mkdir(parents=True, exist_ok=True)
    people: list[Person] = []
    progress = tqdm(video.frames(video.length), total=video.length, desc='frames', unit='frame')
    for at, frame in enumerate(progress):
        if at in chosen:
            picture = frames / f'{at:06d}.jpg'
            cv2.imwrite(str(picture), frame)
            people.append((picture, [*track[at, :2], *(track[at, 2:] - track[at, :2])]))
    return people


def _inside_of_pictures(wanted: Sequence[Person]) -> list[Person]:
    """Cut boxes at the borders of their pictures, and leave out those of which nothing is left."""
    paths = list(dict.fromkeys(path for path, _ in wanted))
    with ThreadPoolExecutor() as threads:
        progress = tqdm(threads.map(_size, paths), 'pictures', len(paths))
        sizes = dict(zip(paths, progress, strict=True))
    people: list[Person] = []
    for path, box in wanted:
        size = sizes[path]
        if size is None:
            continue
        try:
            x, y, width, height = map(float, (0, 0, *size) if box is None else box)
        except (TypeError, ValueError):
            continue
        left, top = max(x, 0.0), max(y, 0.0)
        width, height = min(x + width, size[0]) - left, min(y + height, size[1]) - top
        if width > 0 and height > 0:
            people.append((path.resolve(), (left, top, width, height)))
    return people


def _size(path: Path) -> tuple[int, int] | None:
    """Decode a picture as the training will: a header alone does not show whether that works."""
    picture = cv2.imread(str(path))
    return None if picture is None else (picture.shape[1], picture.shape[0])
