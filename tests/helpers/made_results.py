"""Results of invented predictions, written by the evaluator's own writers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from random_tables import make_table

from mmpose_stable.robustness import intervals, results
from mmpose_stable.robustness.examples import SCHEMA, example_columns, join_examples, one_example
from mmpose_stable.robustness.files import write_columns, write_json
from mmpose_stable.robustness.intervals import describe_intervals, sum_by_person
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.selection import CLEAN, Cell

KINDS = ('brightness', 'frost', 'saturate')
CELLS = tuple(Cell(kind, severity) for kind in KINDS for severity in (1, 3, 5))
SAMPLES, KEYPOINTS = 6, 5


def make_predictions(cells: Sequence[Cell], seed: int, maps: bool, scale: float) -> Predictions:
    """Return predictions that move the more the severer the perturbation is."""
    generator = np.random.default_rng(seed)
    truth = generator.uniform(20, 60, (SAMPLES, KEYPOINTS, 2))
    shift = np.array([scale * cell.severity for cell in (CLEAN, *cells)])[None, :, None, None]
    noise = generator.normal(0, 1, (SAMPLES, 1 + len(cells), KEYPOINTS, 2))
    shape = noise.shape[:3]
    spread = generator.uniform(100, 900, shape)
    own_maps = {'map_spread': spread, 'map_certified': np.zeros(shape, bool)}
    return replace(
        make_table(range(SAMPLES), KEYPOINTS, maps, cells),
        input_size=np.array([64, 64]),
        sample_id=np.arange(100, 100 + SAMPLES).astype(str),
        image_id=np.arange(SAMPLES).astype(str),
        keypoints=truth[:, None] + 1 + shift * noise,
        input_center=np.full((SAMPLES, 2), 40.0),
        input_scale=np.full((SAMPLES, 2), 80.0),
        bbox=np.tile([10.0, 10.0, 70.0, 70.0], (SAMPLES, 1)),
        true_keypoints=truth,
        labelled=np.arange(SAMPLES * KEYPOINTS).reshape(SAMPLES, KEYPOINTS) % 4 > 0,
        **(own_maps if maps else {}),
    )


def make_content(
    cells: Sequence[Cell] = CELLS, seed: int = 0, maps: bool = True, scale: float = 1.0
) -> tuple[dict, Predictions]:
    """Return the content of a ``robustness.json`` and the predictions behind it."""
    predictions = make_predictions(cells, seed, maps, scale)
    metric = RobustnessMetric()
    numbers = metric.compute_metrics([predictions])
    for at, cell in enumerate([numbers['clean'], *numbers['cells']]):
        cell['metrics'] = {'PCK': 0.9 - 0.02 * at, 'NME': 0.1 + 0.01 * at}
    return {
        'fingerprint': f'{seed:064d}',
        'settings': {
            'kinds': list(dict.fromkeys(cell.kind for cell in cells)),
            'severities': sorted({cell.severity for cell in cells}),
            'perturb_at': 'crop',
            'seed': 0,
            'count_unlabelled': numbers['count_unlabelled'],
        },
        'model': {
            'name': f'model_{seed}',
            'flip_test': False,
            'heatmaps': maps,
            'input_size': [64, 64],
            'heatmap_size': [16, 16] if maps else None,
        },
        'dataset': {
            'name': 'invented',
            'type': 'Invented',
            'samples': SAMPLES,
            'skeleton': [[0, 1], [1, 2]],
        },
        'hashes': {'config': 'c0ffee', 'annotations': 'beef'},
        'versions': {'torch': '2.0'},
        'units': results.UNITS,
        'clean': numbers['clean'],
        'cells': numbers['cells'],
        'summary': results.summarise(numbers['clean'], numbers['cells']),
        'intervals': describe_intervals(person_sums(predictions), cells),
    }, predictions


def lose_persons(content: dict) -> None:
    """Turn a result into one of a model that finds the persons itself, in place."""
    for cell in content['cells']:
        cell |= {'lost_share': 0.25, 'new_share': 0.1}


def person_sums(
    predictions: Predictions, persons: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """Return the sums of a table; without ``persons`` each sample is of another one."""
    names = [f'picture {at}' for at in range(SAMPLES)] if persons is None else persons
    return sum_by_person(predictions, names, predictions.labelled)


def write_run(folder: Path, maps: bool = True, examples: int = 2, **settings) -> Path:
    """Write what a run does but for the table and, unless ``examples`` is 0, ``examples.npz``."""
    content, predictions = make_content(maps=maps, **settings)
    generator = np.random.default_rng(5)
    records = []
    for index in range(examples):
        pictures = generator.integers(0, 256, (2, 3, 64, 64), dtype=np.uint8)
        heat = torch.from_numpy(generator.uniform(0, 1, (2, KEYPOINTS, 16, 16)))
        heatmaps = heat if maps else (None, None)
        records.append(one_example(index, 1 + 3 * index, torch.from_numpy(pictures), heatmaps))
    if records:
        header = {'schema': SCHEMA, 'fingerprint': content['fingerprint']}
        columns = example_columns(join_examples(records), predictions)
        write_columns(folder / 'examples.npz', header, columns)
    header = {'schema': intervals.SCHEMA, 'fingerprint': content['fingerprint']}
    write_columns(folder / intervals.PERSONS_FILE, header, person_sums(predictions))
    write_json(folder / results.FILE_NAME, {'schema': results.SCHEMA, **content})
    return folder
