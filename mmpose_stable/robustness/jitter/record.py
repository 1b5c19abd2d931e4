"""The files of a jitter measurement, and its table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness.files import write_columns, write_json
from mmpose_stable.robustness.jitter.measure import JitterComparison
from mmpose_stable.robustness.report.table import aligned

SCHEMA = 'mmpose_stable.jitter/1'
JSON_FILE, COLUMNS_FILE = 'jitter.json', 'jitter.npz'
FIGURE_FILE, VIDEO_FILE = 'jitter.png', 'jitter.webm'


def write_jitter(
    folder: Path, comparison: JitterComparison, boxes: np.ndarray, settings: Mapping[str, Any]
) -> None:
    """Write the arrays as ``jitter.npz``, then the numbers as ``jitter.json``.

    Args:
        boxes: (T, 4) x1, y1, x2, y2 in pixels of the frame.
    """
    columns = {
        'name': np.array(comparison.names),
        'keypoint_name': np.array(comparison.keypoint_names),
        'boxes': boxes,
        'keypoints': comparison.keypoints,
        'size': comparison.size,
        'jitter': comparison.jitter,
    }
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
        'entries': entries,
    }
    write_json(folder / JSON_FILE, content)


def _numbers(values: np.ndarray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]


def format_jitter(comparison: JitterComparison) -> str:
    """Return a table of one row an entry as text."""
    moved = np.where(comparison.moved_by_smoothing > 0, comparison.moved_by_smoothing, np.nan)
    numbers = zip(comparison.names, comparison.mean, comparison.worst, moved, strict=True)
    head = ['of the body per frame²', 'mean', '95th percentile', 'moved by smoothing']
    return '\n'.join(
        aligned([head, *([name, *map(_percent, values)] for name, *values in numbers)])
    )


def _percent(value: float) -> str:
    return f'{100 * value:.3f} %' if np.isfinite(value) else '–'
