"""The files of a jitter measurement, and its table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness.files import write_columns, write_json
from mmpose_stable.robustness.jitter.comparison import JitterComparison
from mmpose_stable.robustness.terminal import aligned

SCHEMA = 'mmpose_stable.jitter/1'
JSON_FILE, COLUMNS_FILE, FIGURE_FILE = 'jitter.json', 'jitter.npz', 'jitter.png'
VIDEO_FILE, PAGE_FILE = 'jitter.webm', 'jitter.html'
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
    write_columns(
        folder / COLUMNS_FILE,
        {'schema': SCHEMA},
        {
            'name': np.array(comparison.names),
            'keypoint_name': np.array(comparison.keypoint_names),
            'keypoints': comparison.keypoints,
            'scores': comparison.scores,
            'boxes': boxes,
            'size': comparison.size,
            'jitter': comparison.jitter,
        },
    )
    names = comparison.keypoint_names
    entries = [
        {
            'name': name,
            'mean': float(comparison.mean[at]),
            'worst': float(comparison.worst[at]),
            'moved_by_smoothing': float(comparison.moved_by_smoothing[at]),
            'per_keypoint': dict(
                zip(names, map(_number, comparison.per_keypoint[at].tolist()), strict=True)
            ),
            'per_frame': [_number(value) for value in comparison.per_frame[at].tolist()],
        }
        for at, name in enumerate(comparison.names)
    ]
    write_json(
        folder / JSON_FILE,
        {
            'schema': SCHEMA,
            **settings,
            'frames': len(boxes),
            'body_size': float(np.nanmedian(comparison.size)),
            'keypoints_left_out': list(comparison.left_out),
            'units': _UNITS,
            'entries': entries,
        },
    )


def format_jitter(comparison: JitterComparison) -> str:
    """Return one line an entry, as percent of the body's size."""
    rows = [['% of body size per frame²', 'mean', '95th percentile', 'moved by smoothing']]
    for name, mean, worst, moved in zip(
        comparison.names,
        comparison.mean,
        comparison.worst,
        comparison.moved_by_smoothing,
        strict=True,
    ):
        shown = f'{100 * moved:.3f} %' if moved else '–'
        rows.append([name, f'{100 * mean:.3f}', f'{100 * worst:.3f}', shown])
    return '\n'.join(aligned(rows))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
