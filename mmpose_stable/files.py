"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name in the same folder that becomes ``path`` when the block succeeds.

    A process that is killed inside the block leaves ``path`` as it was. The folder is made.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.part')
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: Path, key: str) -> None:
    """Raise where a file cannot be written, before the work whose result it holds.

    Nothing is made: the nearest folder that is there already decides.

    Args:
        path: The file, or a file in the folder that will be written.
        key: The option to change, for the error.

    Raises:
        ValueError: The path is a folder, below a file, or where this process may not write.
    """
    path = Path(path).absolute()
    nearest = next(folder for folder in path.parents if folder.exists())
    reason = None
    if path.is_dir():
        reason = 'it is a folder'
    elif not nearest.is_dir():
        reason = f'{nearest} is a file'
    elif not os.access(nearest, os.W_OK | os.X_OK):
        reason = f'{nearest} may not be written to'
    if reason:
        raise ValueError(f'{key}: cannot write {path}: {reason}')


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a picture in the format of its suffix, whole or not at all.

    Args:
        path: File to write.
        image: (H, W) or (H, W, 3) uint8, BGR.

    Raises:
        ValueError: OpenCV writes no format of that suffix.
    """
    path = Path(path)
    try:
        _, encoded = cv2.imencode(path.suffix, image)
    except cv2.error as error:
        raise ValueError(
            f'expected a name with the suffix of a picture (.png, .jpg), got {str(path)!r}'
        ) from error
    with whole_file(path) as temporary:
        temporary.write_bytes(encoded.tobytes())
