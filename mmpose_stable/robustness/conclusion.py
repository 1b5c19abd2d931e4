"""From finished chunks to the result files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from tqdm import tqdm

from mmpose_stable.robustness import examples, intervals, results
from mmpose_stable.robustness.chunks import Chunk
from mmpose_stable.robustness.evaluators import evaluate_column
from mmpose_stable.robustness.files import write_columns
from mmpose_stable.robustness.measures import defined
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import Persons, follow

PREDICTIONS_FILE = 'predictions.npz'
FOUND_FILE = 'found_persons.npz'


def conclude(
    out_dir: Path,
    fingerprint: str,
    description: Mapping[str, Any],
    chunks: Sequence[Chunk],
    metric: RobustnessMetric,
    evaluator: Evaluator,
    dataset: Any,
) -> dict[str, Any]:
    """Compute the result in every process, write it in the main one, and return it.

    ``robustness.json`` is written last, and one of an earlier run is removed first: where it is,
    the other files are complete and of the same run.
    """
    truths = [truth for chunk in chunks for truth in chunk.truths]
    parts = [chunk.predictions for chunk in chunks]
    given = predictions = type(parts[0]).joined(parts)
    if isinstance(given, Persons):
        least = metric.person_score
        some = given if least is None else given.above(least)
        predictions = follow(some, truths, _sigmas(evaluator.dataset_meta), metric.match_oks)
    numbers = metric.compute_metrics([predictions])
    clean, cells = numbers['clean'], numbers['cells']
    progress = tqdm([clean, *cells], desc='metrics', disable=not is_main_process())
    for column, cell in enumerate(progress):
        own = evaluate_column(evaluator, given, truths, column)
        cell['metrics'] = {name: defined(value) for name, value in own.items()}
    counted = predictions.counted(numbers['count_unlabelled'])
    thresholds = metric.thresholds, metric.box_thresholds
    sums = intervals.sum_by_person(predictions, intervals.persons_of(dataset), counted, *thresholds)
    content = {
        'fingerprint': fingerprint,
        **description,
        'settings': {**description['settings'], 'count_unlabelled': numbers['count_unlabelled']},
        'model': {
            **description['model'],
            'heatmaps': predictions.has_maps,
            'input_size': predictions.input_size.tolist(),
            'heatmap_size': predictions.heatmap_size.tolist() if predictions.has_maps else None,
        },
        'units': results.UNITS,
        'clean': clean,
        'cells': cells,
        'summary': results.summarise(clean, cells),
        'intervals': intervals.describe_intervals(sums, predictions.cells),
    }
    if is_main_process():
        (out_dir / results.FILE_NAME).unlink(missing_ok=True)
        predictions.save(out_dir / PREDICTIONS_FILE, fingerprint)
        sums.save(out_dir / intervals.PERSONS_FILE, fingerprint)
        if given is not predictions:
            given.save(out_dir / FOUND_FILE, fingerprint)
        kept = examples.join_examples([chunk.examples for chunk in chunks])
        write_columns(
            out_dir / examples.EXAMPLES_FILE,
            {'schema': examples.SCHEMA, 'fingerprint': fingerprint},
            examples.example_columns(kept, predictions, description['settings']['channel_order']),
        )
        results.write_results(out_dir / results.FILE_NAME, content)
    return content


def _sigmas(meta: Mapping[str, Any]) -> np.ndarray:
    sigmas = np.asarray(meta.get('sigmas', ()), float)
    if len(sigmas) != meta['num_keypoints']:
        raise ValueError(
            f'`test_dataloader.dataset.metainfo.sigmas`: expected {meta["num_keypoints"]} numbers, '
            f'one a keypoint, to match persons by, got {len(sigmas)}'
        )
    return sigmas
