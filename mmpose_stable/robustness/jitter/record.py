"""The files of a jitter measurement, its table, and its page, of the parts of a run's page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness.files import write_columns, write_json
from mmpose_stable.robustness.jitter.comparison import JitterComparison
from mmpose_stable.robustness.report.page import Table, percent, render_page
from mmpose_stable.robustness.report.style import readable
from mmpose_stable.robustness.report.table import aligned

SCHEMA = 'mmpose_stable.jitter/1'
JSON_FILE, COLUMNS_FILE, FIGURE_FILE = 'jitter.json', 'jitter.npz', 'jitter.png'
VIDEO_FILE, PAGE_FILE = 'jitter.webm', 'jitter.html'
# Shown as keypoints that shake most.
_WORST = 3
_UNITS = {
    'mean': 'body sizes per frame squared, over frames and keypoints',
    'worst': 'its 95th percentile',
    'per_frame': 'mean over keypoints; null at both ends and beside frames without a prediction',
    'per_keypoint': 'mean over frames',
    'moved_by_smoothing': 'mean distance from the unsmoothed keypoints in body sizes',
    'body_size': 'pixels of the frame, median over frames',
}


def write_jitter(
    folder: Path, comparison: JitterComparison, boxes: np.ndarray, settings: Mapping[str, Any]
) -> None:
    """Write the arrays as ``jitter.npz``, then the numbers as ``jitter.json``.

    Args:
        boxes: (T, 4) x1, y1, x2, y2 in pixels of the frame.
    """
    arrays = {name: getattr(comparison, name) for name in ('keypoints', 'scores', 'size', 'jitter')}
    names = np.array(comparison.names), np.array(comparison.keypoint_names)
    columns = {'name': names[0], 'keypoint_name': names[1], 'boxes': boxes, **arrays}
    write_columns(folder / COLUMNS_FILE, {'schema': SCHEMA}, columns)
    entries = []
    for at, name in enumerate(comparison.names):
        per_keypoint = _numbers(comparison.per_keypoint[at])
        entries.append(
            {
                'name': name,
                'mean': float(comparison.mean[at]),
                'worst': float(comparison.worst[at]),
                'moved_by_smoothing': float(comparison.moved_by_smoothing[at]),
                'per_keypoint': dict(zip(comparison.keypoint_names, per_keypoint, strict=True)),
                'per_frame': _numbers(comparison.per_frame[at]),
            }
        )
    content = {
        'schema': SCHEMA,
        **settings,
        'frames': len(boxes),
        'body_size': float(np.nanmedian(comparison.size)),
        'keypoints_left_out': list(comparison.left_out),
        'units': _UNITS,
        'entries': entries,
    }
    write_json(folder / JSON_FILE, content)


def _numbers(values: np.ndarray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]


def table_rows(comparison: JitterComparison) -> list[list[str]]:
    """Return the titles, then one row an entry, as percent of the body's size."""
    moved = np.where(comparison.moved_by_smoothing > 0, comparison.moved_by_smoothing, np.nan)
    numbers = zip(comparison.names, comparison.mean, comparison.worst, moved, strict=True)
    head = ['of the body per frame²', 'mean', '95th percentile', 'moved by smoothing']
    return [head, *([name, *map(percent, values)] for name, *values in numbers)]


def format_jitter(comparison: JitterComparison) -> str:
    """Return the table as text."""
    return '\n'.join(aligned(table_rows(comparison))).replace('\u00a0', ' ')


def render_jitter(comparison: JitterComparison, png: bytes, clip: str, video_file: str) -> str:
    """Return the page as HTML."""
    count, means = comparison.models, comparison.mean
    keypoints = [readable(name) for name in comparison.keypoint_names]
    models = []
    for name, mean, values in zip(comparison.names, means, comparison.per_keypoint, strict=True):
        worst = [at for at in np.argsort(-values) if np.isfinite(values[at])][:_WORST]
        shown = [(keypoints[at], values[at]) for at in worst]
        models.append({'name': name, 'mean': mean, 'worst': shown})
    smoothed = [
        {'name': comparison.names[at], 'taken': 1 - means[at] / means[at - count], 'moved': moved}
        for at, moved in enumerate(comparison.moved_by_smoothing)
        if at >= count
    ]
    rows = [
        [name, *map(percent, values)]
        for name, values in zip(keypoints, comparison.per_keypoint.T.tolist(), strict=True)
    ]
    head, *of_all = table_rows(comparison)
    return render_page(
        'jitter.html.j2',
        notes=[],
        clip=clip,
        models=models[:count],
        several=count > 1,
        smoothed=smoothed,
        frames=comparison.keypoints.shape[1],
        keypoints=len(keypoints),
        video_file=video_file,
        figure=png,
        headline=Table(head, of_all),
        of_keypoints=Table(['Keypoint', *comparison.names], rows),
    )
