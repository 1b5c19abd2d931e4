"""The person's box in each frame: one for all frames, a track from a file, or the whole frame."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmpose_stable.files import read_text
from mmpose_stable.robustness.jitter.video import Video

_COLUMNS = ('frame', 'x', 'y', 'w', 'h')


def person_boxes(video: Video, box: str | None = None, track: Path | None = None) -> np.ndarray:
    """Return the person's box in each frame of a video; without a box it is the whole frame.

    Args:
        box: ``x,y,w,h`` in pixels, for all frames.
        track: CSV file with the columns frame, x, y, w, h. Frames count from 0. A frame that the
            file leaves out has no box; rows of frames beyond the clip are ignored.

    Returns:
        (T, 4) x1, y1, x2, y2 in pixels, NaN where there is no box.

    Raises:
        ValueError: A box is not four numbers, has no area or lies outside of the frame, or the
            file is no such file or has two boxes of a frame.
    """
    if track is not None:
        return _read_track(track, video)
    whole = [0.0, 0.0, video.width, video.height]
    corners = _corners(f'--box {box}', box.split(','), video) if box else whole
    return np.tile(corners, (video.length, 1))


def _read_track(path: Path, video: Video) -> np.ndarray:
    boxes = np.full((video.length, 4), np.nan)
    for line, row in read_rows(path, _COLUMNS):
        where = f'--boxes: {path}, line {line}'
        frame = (row['frame'] or '').strip()
        if not frame.isdecimal():
            raise ValueError(f'{where}: frames count from 0, got {frame!r}')
        if int(frame) >= video.length:
            continue
        if not np.isnan(boxes[int(frame)]).all():
            raise ValueError(f'{where}: frame {frame} has a box already; one person a track')
        boxes[int(frame)] = _corners(where, [row[name] for name in _COLUMNS[1:]], video)
    if np.isnan(boxes).all():
        raise ValueError(f'--boxes: {path} has no box of the {video.length} frames of the clip')
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


def _corners(where: str, words: Sequence[str | None], video: Video) -> list[float]:
    try:
        x, y, w, h = map(float, words)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{where}: expected x,y,w,h in pixels, got {words}') from error
    if not (np.isfinite([x, y, w, h]).all() and w > 0 and h > 0):
        raise ValueError(f'{where}: expected a positive width and height, got {w:g} and {h:g}')
    if x >= video.width or y >= video.height or x + w <= 0 or y + h <= 0:
        raise ValueError(
            f'{where}: the box {x:g},{y:g},{w:g},{h:g} lies outside of the '
            f'{video.width}x{video.height} frame'
        )
    return [x, y, x + w, y + h]
