"""Result files that are written whole or not at all, and refused by name when damaged."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.files import whole_file

HEADER = 'header'


class ResultFileError(ValueError):
    """A result file is missing, damaged, or belongs to another run; the message names the file."""


def write_columns(path: Path, header: Mapping[str, Any], columns: Mapping[str, np.ndarray]) -> None:
    """Write named arrays and a JSON header as one compressed ``.npz``."""
    text = json.dumps(header, sort_keys=True).encode()
    with whole_file(path) as temporary, open(temporary, 'wb') as file:
        np.savez_compressed(file, **{HEADER: np.frombuffer(text, np.uint8)}, **columns)
        file.flush()
        os.fsync(file.fileno())


def read_columns(path: Path, schema: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a file of :func:`write_columns` completely."""
    path = Path(path)
    if not path.is_file():
        raise ResultFileError(f'{path} is missing')
    try:
        with np.load(path, allow_pickle=False) as archive:
            columns = {name: archive[name] for name in archive.files}
        header = json.loads(columns.pop(HEADER).tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ResultFileError(
            f'{path} is cut off, damaged or no result file of this package ({error}); delete it'
        ) from error
    check_schema(path, header, schema)
    return header, columns


def check_schema(path: Path, header: Any, schema: str) -> None:
    """Raise :class:`ResultFileError` unless ``header['schema']`` is the expected one."""
    found = header.get('schema') if isinstance(header, dict) else None
    if found != schema:
        raise ResultFileError(f'{path}: expected schema {schema!r}, got {found!r}')


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write strict JSON (no NaN), indented so that it can be read and compared by eye."""
    text = json.dumps(content, indent=1, allow_nan=False)
    with whole_file(path) as temporary, open(temporary, 'w', encoding='utf-8') as file:
        file.write(text + '\n')
        file.flush()
        os.fsync(file.fileno())


def read_json(path: Path, schema: str) -> dict[str, Any]:
    """Read a file of :func:`write_json`."""
    path = Path(path)
    if not path.is_file():
        raise ResultFileError(f'{path} is missing')
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ResultFileError(f'{path} is cut off or damaged ({error})') from error
    check_schema(path, content, schema)
    return content
