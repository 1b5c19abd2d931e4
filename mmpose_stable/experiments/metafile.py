"""The results measured here, in the schema that OpenMMLab's model indices have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from mmpose_stable.experiments.groups.columns import COMPARISONS
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
HOURGLASS = 'Stacked hourglass'
HRNET = 'HRNet'
COMPARED = 'Compared training methods'
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
    {
        'Name': HOURGLASS,
        'Paper': {
            'Title': 'Stacked Hourglass Networks for Human Pose Estimation',
            'URL': 'https://arxiv.org/abs/1603.06937',
        },
        'README': 'README.md',
    },
    {
        'Name': HRNET,
        'Paper': {
            'Title': 'Deep High-Resolution Representation Learning for Human Pose Estimation',
            'URL': 'https://arxiv.org/abs/1902.09212',
        },
        'README': 'README.md',
    },
    # Of several papers; the page names each.
    {'Name': COMPARED, 'README': 'docs/stability_training.md'},
]


def collection_of(model: str) -> str:
    """Return the collection that a model of the plan belongs to.

    Raises:
        ValueError: Its name is of no collection.
    """
    name = model.split(', ')[0]
    if name.startswith('CLNet'):
        return COMPOSITE
    if set(name.split('+')) <= {'R', 'H', 'M'}:
        return STABLE
    if name.startswith('SimpleBaseline'):
        return BASELINE
    if 'hourglass' in model.lower():
        return HOURGLASS
    if 'HRNet' in model:
        return HRNET
    if name in COMPARISONS:
        return COMPARED
    raise ValueError(f'the model {model!r} of the plan belongs to no collection of {__name__}')


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
                    'Input Size': result['cost']['input_size'],
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
