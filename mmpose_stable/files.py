"""Files that are written whole, folders of one process, text of any tool, sizes of pictures."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from filelock import FileLock, Timeout
from PIL import Image

_ORIENTATION = 274  # EXIF's tag


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


def read_text(path: Path) -> str:
    """Read a text file as editors and spreadsheets write it: UTF-8 or UTF-16 with their marks.

    Raises:
        ValueError: The file is in another encoding, which cannot be told from its content.
    """
    content = Path(path).read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode('utf-16' if marked else 'utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is no text in UTF-8; save it as UTF-8 ({error})') from error
    if '\0' in text:
        raise ValueError(f'{path} is no text in UTF-8, it has null bytes; save it as UTF-8')
    return text


def picture_size(path: Path) -> tuple[int, int]:
    """Return (width, height) in pixels of a picture as it is loaded: upright, as EXIF says.

    Raises:
        OSError: The file is missing or is no picture.
    """
    with Image.open(path) as image:
        # Sides change places at orientations 5 to 8. Whether they do in this format is OpenCV's
        # decision, which loads the pictures.
        turned = 'exif' in image.info and image.getexif().get(_ORIENTATION, 1) > 4
        if not turned:
            return image.size
    loaded = cv2.imread(str(path))
    if loaded is None:
        raise OSError(f'OpenCV cannot read {path}')
    return loaded.shape[1], loaded.shape[0]


class BusyError(ValueError):
    """Another process works in the folder."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a folder, which is made, to this process inside the block.

    The system gives it free when the process ends, however that comes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / '.lock', timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(
            f'another process works in {folder}; wait for it, or choose another folder'
        ) from None
    try:
        yield
    finally:
        lock.release()
