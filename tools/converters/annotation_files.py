"""What every converter shares: the command line, reading of source files, COCO entries, writing."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.io import loadmat

from mmpose_stable.cli.command import CommandParser
from mmpose_stable.files import picture_size, read_text, write_text

# The hand keypoints in the order of RHD, as MMPose names them.
FINGERS = ('thumb', 'forefinger', 'middle_finger', 'ring_finger', 'pinky_finger')
#: Wrist, then each finger from its tip (4) to its base (1).
HAND_KEYPOINTS = ('wrist', *(f'{finger}{joint}' for finger in FINGERS for joint in (4, 3, 2, 1)))


class Conversion(NamedTuple):
    """A label file as JSON, and how many images or persons are not in it, by the reason."""

    document: Any
    left_out: Counter[str]


def converter_parser(description: str, source: str) -> CommandParser:
    """Return a parser with the arguments of every converter; ``source`` says what it reads."""
    parser = CommandParser(description=description)
    parser.add_argument('source', type=Path, help=source)
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write')
    return parser


def save(conversion: Conversion, path: Path) -> None:
    """Write a label file, whole or not at all, and print how much it holds."""
    write_text(path, json.dumps(conversion.document, allow_nan=False))
    is_coco = isinstance(conversion.document, dict)
    count = len(conversion.document['annotations'] if is_coco else conversion.document)
    print(f'{path}: {count} annotations')
    for reason, number in conversion.left_out.items():
        print(f'left out: {number} {reason}')


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Name the file in the error, a ValueError, if it is absent or not of its kind."""
    if not path.is_file():
        raise ValueError(f'the {kind} {path} is missing')
    try:
        yield
    except Exception as error:  # damaged files of other programs raise almost anything
        raise ValueError(f'{path} is not a readable {kind}: {error}') from error


def image_size(path: Path) -> tuple[int, int]:
    """Return (width, height) in pixels of an image file as it is loaded: upright, as EXIF says."""
    with reading(path, 'picture'):
        return picture_size(path)


def load_matlab(path: Path, variable: str, **options: Any) -> Any:
    """Return a variable of a MATLAB file; ``options`` are those of ``scipy.io.loadmat``."""
    with reading(path, 'MATLAB file'):
        content = loadmat(path, **options)
    if variable not in content:
        raise ValueError(f'{path} has no variable "{variable}"')
    return content[variable]


def read_names(path: Path) -> list[str]:
    """Read a list, one entry a line; empty lines do not count."""
    with reading(path, 'list'):
        lines = [line.strip() for line in read_text(path).splitlines()]
    return [line for line in lines if line]


def padded_box(
    points: np.ndarray, margin: float | np.ndarray, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Return the box around points, grown on each side and cut to the image.

    Args:
        points: (M, 2) with M > 0, x and y in image pixels.
        margin: Growth on each side in pixels, one number or one each for x and y; at least a pixel
            is taken, so that a single point still has a box.
        size: (width, height) of the image in pixels.

    Returns:
        x, y, width, height in image pixels. The box has no area if all points lie outside of the
        image.
    """
    margin = np.maximum(margin, 1.0)
    limit = np.asarray(size, dtype=np.float64) - 1
    low = np.clip(points.min(axis=0) - margin, 0, limit)
    high = np.clip(points.max(axis=0) + margin, 0, limit)
    return (*low.tolist(), *(high - low).tolist())


def coco_annotation(
    identity: int, image_id: int, keypoints: np.ndarray, box: Sequence[float]
) -> dict[str, Any]:
    """Build an entry of ``annotations``.

    Args:
        keypoints: (K, 3) x and y in image pixels, and COCO's flag: 0 unlabelled, 1 hidden,
            2 visible. Unlabelled ones are written as zeros.
        box: x, y, width, height in image pixels.
    """
    keypoints = np.where(keypoints[:, 2:] > 0, keypoints, 0.0)
    return dict(
        id=identity,
        image_id=image_id,
        category_id=1,
        iscrowd=0,
        bbox=[round(float(value), 3) for value in box],
        area=round(float(box[2] * box[3]), 3),
        keypoints=np.round(keypoints, 4).reshape(-1).tolist(),
        num_keypoints=int((keypoints[:, 2] > 0).sum()),
    )


def coco_document(
    category: str, keypoints: Sequence[str], images: list[dict], annotations: list[dict]
) -> dict[str, Any]:
    """Build a COCO keypoint document of one category."""
    return dict(
        images=images,
        annotations=annotations,
        categories=[dict(id=1, name=category, keypoints=list(keypoints))],
    )


def hand_entries(
    identity: int, file_name: str, size: tuple[int, int], keypoints: np.ndarray
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build the entries of one hand in ``images`` and ``annotations``, as MMPose's hand files.

    The box is a tenth of the tight box wider on each side.

    Args:
        identity: Id of the image and of the annotation.
        file_name: Path of the image below the folder of images.
        size: (width, height) of the image in pixels.
        keypoints: (21, 3) as of :func:`coco_annotation`, in the order of :data:`HAND_KEYPOINTS`.
    """
    width, height = size
    image = dict(id=identity, file_name=file_name, width=width, height=height)
    labelled = keypoints[keypoints[:, 2] > 0, :2]
    box = padded_box(labelled, 0.1 * np.ptp(labelled, axis=0), size)
    return image, coco_annotation(identity, identity, keypoints, box)


def inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Tell which points (..., 2) lie in an image of (width, height) pixels."""
    return ((points >= 0) & (points <= np.asarray(size) - 1)).all(axis=-1)
