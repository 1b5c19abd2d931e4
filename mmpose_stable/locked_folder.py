"""A folder in which one process works at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


class BusyError(RuntimeError):
    """Another process works in the folder."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a folder, which is made, to this process inside the block.

    The system gives it free when the process ends, however that comes.

    Raises:
        BusyError: Another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / '.lock', timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(f'another process works in {folder}') from None
    try:
        yield
    finally:
        lock.release()
