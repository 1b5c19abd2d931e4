"""``robustness.json``: every (kind, severity) cell of a run with what made it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness.files import ResultFileError, read_json, write_json
from mmpose_stable.robustness.metrics import mean_performance

SCHEMA = 'mmpose_stable.robustness/1'
FILE_NAME = 'robustness.json'

_REQUIRED = {
    'fingerprint': str,
    'settings': dict,
    'model': dict,
    'dataset': dict,
    'hashes': dict,
    'versions': dict,
    'units': dict,
    'clean': dict,
    'cells': list,
    'summary': dict,
}
_CELL_KEYS = ('kind', 'severity', 'r', 'ruc', 'ruc_area', 'auc', 'metrics')
# Entries whose mean over cells goes into the summary.
_MEANS = (
    'r',
    'r_box',
    'ruc_area',
    'ruc_box_area',
    'auc',
    'auc_box',
    'spread',
    'gap',
    'empty_share',
    'peak_moved_share',
    'certified_share',
)
# Entry of the summary -> name in the runner's log.
_LOGGED = {
    'r': 'R',
    'r_box': 'R_box',
    'ruc_area': 'RUC',
    'auc': 'AUC',
    'spread': 'D_n',
    'gap': 'D12',
    'certified_share': 'certified',
}
UNITS = {
    'r': 'input pixels squared, mean over counted (picture, keypoint) pairs',
    'r_box': "squared share of the longer side of the person's box",
    'ruc': 'share of counted keypoints that moved at most each of `settings.max_distance` + 1 '
    'thresholds 0, 1, ... input pixels',
    'ruc_area': 'area under `ruc`, 0..1',
    'ruc_box': 'as `ruc`, over as many thresholds from 0 to `settings.max_box_distance` of the box',
    'auc': 'area under PCK over the thresholds of `ruc`, 0..1',
    'auc_box': 'area under PCK over the thresholds of `ruc_box`, 0..1',
    'spread': 'D_n in heatmap pixels squared, n = `settings.spread_count`',
    'gap': 'D(1)(2) of heatmaps divided by their maximum',
    'empty_share': 'share of counted heatmaps without a positive value, or with NaN',
    'peak_moved_share': 'share of counted pairs of heatmaps whose arg-max differs',
    'certified_share': 'share of counted pairs of heatmaps that Theorem 3 (corrected) certifies',
    'certified_moved': 'number of certified pairs whose arg-max moved; always 0',
    'metrics': "the data set's own metrics, as its evaluators name them",
}


def summarise(clean: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Average over cells, each weighing the same.

    Args:
        clean: Numbers of the clean pictures, with ``metrics``.
        cells: Numbers of each kind and severity, with ``metrics``.

    Returns:
        ``overall`` and ``kinds`` (per kind) with the mean of each entry, None where a cell has
        none, and ``performance`` with clean value, mPC and rPC of each metric of the data set.
    """
    kinds = list(dict.fromkeys(cell['kind'] for cell in cells))
    performance = mean_performance(
        {name: math.nan if value is None else value for name, value in clean['metrics'].items()},
        [
            {name: math.nan if value is None else value for name, value in cell['metrics'].items()}
            for cell in cells
        ],
    )
    return {
        'overall': _means(cells),
        'kinds': {kind: _means([cell for cell in cells if cell['kind'] == kind]) for kind in kinds},
        'performance': {
            name: {key: finite(value) for key, value in row.items()}
            for name, row in performance.items()
        },
    }


def _means(cells: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for entry in _MEANS:
        values = [cell.get(entry) for cell in cells]  # older results lack some
        means[entry] = None if None in values else float(np.mean(values))
    return means


def logged_metrics(content: Mapping[str, Any], prefix: str = 'robustness') -> dict[str, float]:
    """Return the means of a result under short names, for the runner's log.

    Args:
        content: Content of a ``robustness.json``.
        prefix: What stands before the slash in the name of a measure of robustness.
    """
    summary = content['summary']
    logged = {f'{prefix}/{name}': summary['overall'][entry] for entry, name in _LOGGED.items()}
    for metric, row in summary['performance'].items():
        logged[metric] = row['clean']
        logged |= {f'{prefix}/{key} {metric}': row[key] for key in ('mPC', 'rPC')}
    return {name: value for name, value in logged.items() if value is not None}


def finite(value: float) -> float | None:
    """Return the number, or None for NaN and infinities, which JSON has no word for."""
    return float(value) if math.isfinite(value) else None


def write_results(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``robustness.json`` whole."""
    write_json(path, {'schema': SCHEMA, **content})


def load_results(path: Path) -> dict[str, Any]:
    """Read a ``robustness.json``, or the one in a folder.

    Raises:
        ResultFileError: The file is missing, cut off, of another kind, or lacks something.
    """
    path = Path(path)
    if path.is_dir():
        path = path / FILE_NAME
    content = read_json(path, SCHEMA)
    for key, kind in _REQUIRED.items():
        if not isinstance(content.get(key), kind):
            raise ResultFileError(
                f'{path}: expected a {kind.__name__} under {key!r}, got {content.get(key)!r:.40}'
            )
    if not content['cells']:
        raise ResultFileError(f'{path} has no cell')
    for at, cell in enumerate(content['cells']):
        absent = [key for key in _CELL_KEYS if key not in cell]
        if absent:
            raise ResultFileError(f'{path}: cell {at} lacks {absent}')
    return content
