"""From finished chunks to the result files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from tqdm import tqdm

from mmpose_stable.robustness import examples, intervals, results
from mmpose_stable.robustness.chunks import Chunk, from_text
from mmpose_stable.robustness.evaluators import evaluate_column
from mmpose_stable.robustness.files import write_columns
from mmpose_stable.robustness.measures import defined
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import Persons, follow
from mmpose_stable.robustness.predictions import Predictions

PREDICTIONS_FILE = 'predictions.npz'


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
    truths = [from_text(text) for chunk in chunks for text in chunk.truths]
    parts = [chunk.predictions for chunk in chunks]
    given = type(parts[0]).joined(parts)
    predictions = _followed(given, truths, metric, evaluator)
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
        kept = examples.join_examples([chunk.examples for chunk in chunks])
        order = description['settings']['channel_order']
        for name, schema, columns in (
            (PREDICTIONS_FILE, Predictions.SCHEMA, predictions.columns()),
            (intervals.PERSONS_FILE, intervals.SCHEMA, sums.columns()),
            (
                examples.EXAMPLES_FILE,
                examples.SCHEMA,
                examples.example_columns(kept, predictions, order),
            ),
        ):
            header = {'schema': schema, 'fingerprint': fingerprint}
            write_columns(out_dir / name, header, columns)
        results.write_results(out_dir / results.FILE_NAME, content)
    return content


def _followed(
    given: Predictions | Persons,
    truths: Sequence[Mapping[str, Any]],
    metric: RobustnessMetric,
    evaluator: Evaluator,
) -> Predictions:
    """Return the table of a run, for which persons of whole pictures are matched."""
    if isinstance(given, Predictions):
        unknown = int(np.isnan(given.keypoints).any(-1).sum())
        if unknown and is_main_process():
            MMLogger.get_current_instance().warning(
                f'{unknown} predicted keypoints are not finite numbers: they count as wrong, and '
                'as moved'
            )
        return given
    meta, least = evaluator.dataset_meta, metric.settings['person_score']
    sigmas = np.asarray(meta.get('sigmas', ()), float)
    if len(sigmas) != meta['num_keypoints']:
        raise ValueError(
            f'`test_dataloader.dataset.metainfo.sigmas`: expected {meta["num_keypoints"]} numbers, '
            f'one a keypoint, to match persons by, got {len(sigmas)}'
        )
    persons = given if least is None else given.above(least)
    return follow(persons, truths, sigmas, metric.settings['match_oks'])
