"""Result files that are written whole or not at all, and refused by name when damaged."""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.files import whole_file, write_text

_HEADER = 'header'


class ResultFileError(ValueError):
    """A result file is missing, damaged, or belongs to another run; the message names the file."""


def write_columns(path: Path, header: Mapping[str, Any], columns: Mapping[str, np.ndarray]) -> None:
    """Write named arrays and a JSON header as one compressed ``.npz``."""
    text = json.dumps(header, sort_keys=True).encode()
    with whole_file(path) as temporary, open(temporary, 'wb') as file:
        np.savez_compressed(file, **{_HEADER: np.frombuffer(text, np.uint8)}, **columns)


def read_columns(path: Path, schema: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a file of :func:`write_columns` completely; return its header and its arrays."""
    with _faults_named(path):
        with np.load(path, allow_pickle=False) as archive:
            columns = {name: archive[name] for name in archive.files}
        header = json.loads(columns.pop(_HEADER).tobytes())
    _check_schema(path, header, schema)
    return header, columns


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write strict JSON (no NaN), indented so that it can be read and compared by eye."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + '\n')


def read_json(path: Path, schema: str) -> dict[str, Any]:
    """Read a file of :func:`write_json`."""
    with _faults_named(path):
        content = json.loads(Path(path).read_bytes())
    _check_schema(path, content, schema)
    return content


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise ResultFileError(f'{path} is missing') from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ResultFileError(
            f'{path} is cut off, damaged or no result file of this package ({error}); delete it'
        ) from error


def _check_schema(path: Path, header: Any, schema: str) -> None:
    found = header.get('schema') if isinstance(header, dict) else None
    if found != schema:
        raise ResultFileError(f'{path}: expected schema {schema!r}, got {found!r}')
