"""Prediction tables of random numbers."""

import numpy as np

from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.selection import Cell

SNOW = Cell('snow', 1), Cell('snow', 5)


def make_table(rows=(0, 1, 2), keypoints=4, maps=True, cells=SNOW):
    """A table of random numbers of the clean picture and perturbations."""
    n, m, k = len(rows), 1 + len(cells), keypoints
    generator = np.random.default_rng(list(rows))
    shape = (n, m, k)
    heatmaps = {
        'heatmap_size': np.array([16, 12]),
        'map_position': generator.integers(0, 256, shape).astype(np.int32),
        'map_spread': generator.uniform(652, 3000, shape).astype(np.float32),
        'map_gap': generator.uniform(0, 0.3, shape).astype(np.float32),
        'map_certified': generator.random(shape) < 0.5,
    }
    return Predictions(
        kind=np.array(['clean', *(cell.kind for cell in cells)]),
        severity=np.array([0, *(cell.severity for cell in cells)], np.int8),
        input_size=np.array([64, 48]),
        sample_index=np.array(rows),
        sample_id=np.array([f's{row}' for row in rows]),
        image_id=np.array([f'i{row // 2}' for row in rows]),
        keypoints=generator.uniform(0, 100, (*shape, 2)),
        scores=generator.random(shape).astype(np.float32),
        input_center=generator.uniform(40, 60, (n, 2)),
        input_scale=generator.uniform(30, 90, (n, 2)),
        bbox=np.concatenate(
            [generator.uniform(0, 20, (n, 2)), generator.uniform(40, 90, (n, 2))], 1
        ),
        true_keypoints=generator.uniform(0, 100, (n, k, 2)),
        labelled=generator.random((n, k)) < 0.7,
        **(heatmaps if maps else {}),
    )


def make_persons(rows=(0, 1, 2), **settings):
    """The same as a top-down model predicts them: one person on each picture."""
    columns = make_table(rows, **settings).columns()
    for name in ('true_keypoints', 'labelled', 'bbox'):
        del columns[name]
    pictures, cells = len(rows), len(columns['kind'])
    columns['input_size'] = np.tile(columns['input_size'], (pictures, 1))
    for name, value in columns.items():
        if name in ('keypoints', 'scores') or name.startswith('map_'):
            columns[name] = value.reshape(pictures * cells, *value.shape[2:])
    return Persons(
        picture=np.repeat(rows, cells), column=np.tile(np.arange(cells), pictures), **columns
    )
