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
    """Make sure that a file can be written, before the work whose result it holds.

    Args:
        path: The file, or a file in the folder that will be written; folders on the way are made.
        key: The option to change, for the error.

    Raises:
        ValueError: It cannot.
    """
    try:
        path = Path(path)
        if path.is_dir():
            raise IsADirectoryError(f'{path} is a folder')
        path.parent.mkdir(parents=True, exist_ok=True)
        trial = path.with_name(f'.{path.name}.{os.getpid()}.part')
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise ValueError(f'{key}: cannot write {path}: {error}') from error


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
