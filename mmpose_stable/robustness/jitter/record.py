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
        folder: Where they go.
        comparison: M entries of T frames and K keypoints.
        boxes: (T, 4) x1, y1, x2, y2 in pixels of the frame.
        settings: What made the numbers: clip, models, versions and options.
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
    entries = [
        {
            'name': name,
            'mean': mean,
            'worst': worst,
            'moved_by_smoothing': moved,
            'per_keypoint': dict(
                zip(comparison.keypoint_names, map(_number, keypoints), strict=True)
            ),
            'per_frame': [_number(value) for value in frames],
        }
        for name, mean, worst, moved, keypoints, frames in zip(
            comparison.names,
            comparison.mean.tolist(),
            comparison.worst.tolist(),
            comparison.moved_by_smoothing.tolist(),
            comparison.per_keypoint.tolist(),
            comparison.per_frame.tolist(),
            strict=True,
        )
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
