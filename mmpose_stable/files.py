"""Files that are written whole, folders of one process, sizes of pictures."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
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

    Args:
        key: The option to change, for the error.
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


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, with or without the mark that spreadsheets put first."""
    try:
        return Path(path).read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is no text in UTF-8; save it as UTF-8 ({error})') from error


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


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a folder, which is made, to this process inside the block.

    The system gives it free when the process ends, however that comes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(folder / '.lock', timeout=0).acquire()
    except Timeout:
        raise ValueError(
            f'another process works in {folder}; wait for it, or choose another folder'
        ) from None
    with lock:
        yield
