"""Result files that are written whole or not at all, and refused by name when damaged."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mmpose_stable.files import whole_file

HEADER = 'header'


class ResultFileError(ValueError):
    """A result file is missing, damaged, or belongs to another run; the message names the file."""


def write_columns(path: Path, header: Mapping[str, Any], columns: Mapping[str, np.ndarray]) -> None:
    """Write named arrays and a JSON header as one compressed ``.npz``."""
    text = json.dumps(header, sort_keys=True).encode()
    with _durable(path) as file:
        np.savez_compressed(file, **{HEADER: np.frombuffer(text, np.uint8)}, **columns)


def read_columns(path: Path, schema: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a file of :func:`write_columns` completely; return its header and its arrays."""

    def parse(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        with np.load(path, allow_pickle=False) as archive:
            columns = {name: archive[name] for name in archive.files}
        return json.loads(columns.pop(HEADER).tobytes()), columns

    return _read(path, schema, parse)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write strict JSON (no NaN), indented so that it can be read and compared by eye."""
    text = json.dumps(content, indent=1, allow_nan=False)
    with _durable(path) as file:
        file.write(f'{text}\n'.encode())


def read_json(path: Path, schema: str) -> dict[str, Any]:
    """Read a file of :func:`write_json`."""
    content = _read(path, schema, lambda path: (json.loads(path.read_bytes()), None))
    return content[0]


@contextmanager
def _durable(path: Path) -> Iterator[BinaryIO]:
    with whole_file(path) as temporary, open(temporary, 'wb') as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, schema: str, parse: Callable[[Path], tuple[Any, Any]]) -> tuple[Any, Any]:
    path = Path(path)
    if not path.is_file():
        raise ResultFileError(f'{path} is missing')
    try:
        header, columns = parse(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ResultFileError(
            f'{path} is cut off, damaged or no result file of this package ({error}); delete it'
        ) from error
    found = header.get('schema') if isinstance(header, dict) else None
    if found != schema:
        raise ResultFileError(f'{path}: expected schema {schema!r}, got {found!r}')
    return header, columns
