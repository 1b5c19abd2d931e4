"""The results measured here, in the schema that OpenMMLab's model indices have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from mmpose_stable.experiments.plan import Run, read_result
from mmpose_stable.perturbations import HELD_OUT_KINDS

HEADER = '# Written by `make experiments` from docs/results; results of papers stand elsewhere.\n'
TASK = 'Body 2D Keypoint'
# Data folder: what the data set is called, and the task.
DATASETS = {
    'coco_mini': ('COCO subset, memorised', TASK),
    'hands_sign_digits': ('Sign Language Digits', 'Hand 2D Keypoint'),
    'lsp_extended_subset': ('LSP-extended subset', TASK),
    '': ('SynthHand', 'Hand 2D Keypoint'),
}
COMPOSITE = 'Composite localization'
STABLE = 'Stable heatmap regression'
BASELINE = 'SimpleBaseline2D'
COLLECTIONS: list[dict[str, Any]] = [
    {'Name': COMPOSITE, 'README': 'README.md'},
    {'Name': STABLE, 'README': 'docs/stability_training.md'},
    {
        'Name': BASELINE,
        'Paper': {
            'Title': 'Simple Baselines for Human Pose Estimation and Tracking',
            'URL': 'https://arxiv.org/abs/1804.06208',
        },
        'README': 'README.md',
    },
]


def collection_of(model: str) -> str:
    """Return the collection that a model of the plan belongs to."""
    if model.startswith('CLNet'):
        return COMPOSITE
    baselines = ('SimpleBaseline', 'Baseline', 'Hourglass')
    return BASELINE if model.startswith(baselines) else STABLE


def model_entries(plan: list[Run], results: Path) -> list[dict[str, Any]]:
    """Return an entry for each row of the plan that has a result; scores of all metrics as saved.

    Args:
        plan: The rows.
        results: Folder of the result files.
    """
    entries = []
    for run in plan:
        result = read_result(results, run)
        if result is None:
            continue
        dataset, task = DATASETS[run.data]
        metrics = dict(result['metrics'])
        overall = result.get('robustness', {}).get('overall')
        if overall:
            kinds = tuple(result['robustness']['kinds'])
            of = '' if set(kinds) == set(HELD_OUT_KINDS) else f' ({len(kinds)} kinds)'
            metrics |= {f'RUC{of}': overall['ruc_area'], f'R{of}': overall['r']}
        entries.append(
            {
                'Name': run.name,
                'In Collection': collection_of(run.model),
                'Config': run.config,
                'Metadata': {
                    'Architecture': [run.model],
                    'Training Data': dataset,
                    'Iterations': result['updates'],
                    'Batch Size': result['batch_size'],
                    'Parameters': result['cost']['parameters'],
                    'FLOPs': result['cost']['macs'],
                },
                'Results': [
                    {
                        'Dataset': dataset,
                        'Task': task,
                        'Metrics': {key: round(value, 4) for key, value in metrics.items()},
                    }
                ],
            }
        )
    return entries


def metafile(plan: list[Run], results: Path) -> str:
    """Return the text of configs/metafile.yml: the collections and the models trained so far."""
    index = {'Collections': COLLECTIONS, 'Models': model_entries(plan, results)}
    return HEADER + yaml.safe_dump(index, sort_keys=False, allow_unicode=True)
