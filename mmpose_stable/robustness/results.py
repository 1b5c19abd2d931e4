"""``robustness.json``: every (kind, severity) cell of a run with what made it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness.files import read_json
from mmpose_stable.robustness.measures import MEASURES, defined, mean_of

SCHEMA = 'mmpose_stable.robustness/1'
FILE_NAME = 'robustness.json'

UNITS = {
    **{m.entry: f'{m.unit}: {m.meaning}' if m.unit else m.meaning for m in MEASURES},
    'ruc': 'share of counted keypoints that moved at most 0, 1, ..., 30 input pixels',
    'ruc_box': 'share of counted keypoints that moved at most 0, 0.005, ..., 0.15 of the box',
    'metrics': "the data set's own metrics, as its evaluators name them; null where undefined",
}


def summarise(clean: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Average over cells, each weighing the same.

    Returns:
        ``overall`` and ``kinds`` (per kind) with the mean of each entry, None where a cell has
        none, and ``performance`` of each metric of the data set: ``clean``, ``mPC``, the mean over
        cells, and ``rPC``, mPC divided by a positive clean value (Michaelis et al., "Benchmarking
        robustness in object detection", COCO-C).
    """
    kinds = dict.fromkeys(cell['kind'] for cell in cells)
    performance = {}
    for name, value in clean['metrics'].items():
        found = [defined(cell['metrics'][name]) for cell in cells]
        mean = None if None in found else defined(float(np.mean(found)))
        value = defined(value)
        relative = None if mean is None or not value or value < 0 else mean / value
        performance[name] = {'clean': value, 'mPC': mean, 'rPC': relative}
    return {
        'overall': _means(cells),
        'kinds': {kind: _means([cell for cell in cells if cell['kind'] == kind]) for kind in kinds},
        'performance': performance,
    }


def _means(cells: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    return {measure.entry: mean_of(measure, cells) for measure in MEASURES}


def logged_metrics(content: Mapping[str, Any]) -> dict[str, float]:
    """Return the means of a result under short names, for the runner's log."""
    summary = content['summary']
    logged = {f'robustness/{m.log}': summary['overall'][m.entry] for m in MEASURES if m.log}
    for metric, row in summary['performance'].items():
        logged[metric] = row['clean']
        logged |= {f'robustness/{key} {metric}': row[key] for key in ('mPC', 'rPC')}
    return {name: value for name, value in logged.items() if value is not None}


def load_results(path: Path) -> dict[str, Any]:
    """Read a ``robustness.json``, or the one in a folder.

    Raises:
        ResultFileError: The file is missing, cut off or of another kind.
    """
    path = Path(path)
    return read_json(path / FILE_NAME if path.is_dir() else path, SCHEMA)
