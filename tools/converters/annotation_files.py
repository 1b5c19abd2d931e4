"""What every converter shares: reading sizes and MATLAB files, building and writing COCO JSON."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat, savemat
from scipy.io.matlab import MatReadError

from mmpose_stable.files import picture_size, read_text, whole_file

# The hand keypoints in the order of RHD, as MMPose names them.
FINGERS = ('thumb', 'forefinger', 'middle_finger', 'ring_finger', 'pinky_finger')
#: Wrist, then each finger from its tip (4) to its base (1).
HAND_KEYPOINTS = ('wrist', *(f'{finger}{joint}' for finger in FINGERS for joint in (4, 3, 2, 1)))
#: Each finger as a chain from the wrist to its tip.
HAND_SKELETON = tuple(
    link
    for finger in FINGERS
    for link in (
        ('wrist', f'{finger}1'),
        *((f'{finger}{joint}', f'{finger}{joint + 1}') for joint in (1, 2, 3)),
    )
)


class ConversionError(ValueError):
    """The source files are not what the converter expects."""


# What SciPy raises at files of another kind (NotImplementedError at MATLAB 7.3, which is HDF5), and
# at those whose download was cut short.
UNREADABLE = (
    ValueError,
    TypeError,
    NotImplementedError,
    MatReadError,
    OSError,
    IndexError,
    EOFError,
    zlib.error,
)


def image_size(path: Path) -> tuple[int, int]:
    """Return (width, height) in pixels of an image file as it is loaded: upright, as EXIF says.

    Raises:
        ConversionError: The file is missing or is no image.
    """
    try:
        return picture_size(path)
    except FileNotFoundError as error:
        raise ConversionError(f'the image {path} does not exist') from error
    except OSError as error:
        raise ConversionError(f'{path} is not a readable image: {error}') from error


def load_matlab(path: Path, **options: Any) -> dict[str, Any]:
    """Read a MATLAB file.

    Args:
        path: File of MATLAB 5 to 7.2 format.
        options: Keyword arguments of ``scipy.io.loadmat``.

    Raises:
        ConversionError: The file is missing or is no such file.
    """
    if not path.is_file():
        raise ConversionError(f'{path} does not exist')
    try:
        return loadmat(path, **options)
    except UNREADABLE as error:
        raise ConversionError(f'{path} is not a readable MATLAB file: {error}') from error


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
        x, y, width, height in image pixels. The box has no area where all points lie outside of
        the image.
    """
    margin = np.maximum(margin, 1.0)
    limit = np.asarray(size, dtype=np.float64) - 1
    low = np.clip(points.min(axis=0) - margin, 0, limit)
    high = np.clip(points.max(axis=0) + margin, 0, limit)
    return (*low.tolist(), *(high - low).tolist())


def hand_box(points: np.ndarray, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return the box of a hand, a tenth of the tight box wider on each side.

    MMPose's own RHD files have such boxes, before they are cut to the image.

    Args:
        points: (M, 2) with M > 0, x and y in image pixels.
        size: (width, height) of the image in pixels.
    """
    return padded_box(points, 0.1 * np.ptp(points, axis=0), size)


def coco_annotation(
    identity: int, image_id: int, keypoints: np.ndarray, box: Sequence[float]
) -> dict[str, Any]:
    """Build an entry of ``annotations``.

    Args:
        identity: Id of the annotation.
        image_id: Id of the image it belongs to.
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
    category: str,
    keypoints: Sequence[str],
    skeleton: Sequence[tuple[str, str]],
    images: list[dict],
    annotations: list[dict],
) -> dict[str, Any]:
    """Build a COCO keypoint document of one category; the skeleton's indices start at 1."""
    names = list(keypoints)
    links = [[names.index(start) + 1, names.index(end) + 1] for start, end in skeleton]
    return dict(
        images=images,
        annotations=annotations,
        categories=[dict(id=1, name=category, keypoints=names, skeleton=links)],
    )


def write_annotations(document: Any, path: Path) -> None:
    """Write JSON without NaN; an interrupted run leaves no half file under the final name."""
    with whole_file(path) as temporary, temporary.open('w', encoding='utf-8') as stream:
        json.dump(document, stream, allow_nan=False)


def write_matlab(variables: dict[str, np.ndarray], path: Path) -> None:
    """Write a MATLAB file; an interrupted run leaves no half file under the final name."""
    with whole_file(path) as temporary, temporary.open('wb') as stream:
        savemat(stream, variables)


def read_names(path: Path) -> list[str]:
    """Read a list file, one entry a line; empty lines don't count.

    Raises:
        ConversionError: The file is missing, or its encoding cannot be told.
    """
    if not path.is_file():
        raise ConversionError(f'the list {path} does not exist')
    try:
        lines = [line.strip() for line in read_text(path).splitlines()]
    except ValueError as error:
        raise ConversionError(str(error)) from error
    return [line for line in lines if line]
