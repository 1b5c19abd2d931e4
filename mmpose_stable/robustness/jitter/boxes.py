"""The person's box in each frame: one for all frames, a track from a file, or the whole frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmpose_stable.files import read_text

_COLUMNS = ('frame', 'x', 'y', 'w', 'h')


def whole_frame(width: int, height: int) -> np.ndarray:
    """Return the box (4,) around a whole frame, x1, y1, x2, y2."""
    return np.array([0.0, 0.0, width, height])


def parse_box(text: str, width: int, height: int) -> np.ndarray:
    """Read ``x,y,w,h``.

    Returns:
        (4,) x1, y1, x2, y2 in pixels.

    Raises:
        ValueError: Not four numbers, no area, or nothing of the box is inside of the frame.
    """
    return _corners(f'--box {text}', text.split(','), width, height)


def read_track(path: Path, frames: int, width: int, height: int) -> np.ndarray:
    """Read a box track from a CSV file with the columns frame, x, y, w, h.

    Frames count from 0. A frame that the file leaves out has no box; rows of frames beyond the
    clip are ignored.

    Returns:
        (T, 4) x1, y1, x2, y2 in pixels, NaN where there is no box.
    """
    boxes = np.full((frames, 4), np.nan)
    for line, row in read_rows(path, _COLUMNS):
        where = f'--boxes: {path}, line {line}'
        frame = (row['frame'] or '').strip()
        if not frame.isdecimal():
            raise ValueError(f'{where}: frames count from 0, got {frame!r}')
        if int(frame) >= frames:
            continue
        if not np.isnan(boxes[int(frame)]).all():
            raise ValueError(f'{where}: frame {frame} has a box already; one person a track')
        boxes[int(frame)] = _corners(where, [row[name] for name in _COLUMNS[1:]], width, height)
    if np.isnan(boxes).all():
        raise ValueError(f'--boxes: {path} has no box of the {frames} frames of the clip')
    return boxes


def read_rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str | None]]]:
    """Return line number and entries of each row of the file of ``--boxes``, with these columns."""
    if not Path(path).is_file():
        raise ValueError(f'--boxes: expected a CSV file, got {str(path)!r}')
    try:
        reader = csv.DictReader(io.StringIO(read_text(path), newline=''), skipinitialspace=True)
        rows = [(reader.line_num, row) for row in reader]
    except (ValueError, csv.Error) as error:
        raise ValueError(f'--boxes: {path} is no CSV file: {error}') from error
    if absent := [name for name in columns if name not in (reader.fieldnames or ())]:
        needed = ','.join(columns)
        raise ValueError(f'--boxes: {path} needs a first line {needed}, {absent} missing')
    return rows


def _corners(where: str, words: Sequence[str | None], width: int, height: int) -> np.ndarray:
    try:
        x, y, w, h = map(float, words)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{where}: expected x,y,w,h in pixels, got {words}') from error
    if not (np.isfinite([x, y, w, h]).all() and w > 0 and h > 0):
        raise ValueError(f'{where}: expected a positive width and height, got {w:g} and {h:g}')
    if x >= width or y >= height or x + w <= 0 or y + h <= 0:
        raise ValueError(
            f'{where}: the box {x:g},{y:g},{w:g},{h:g} lies outside of the {width}x{height} frame'
        )
    return np.array([x, y, x + w, y + h])
