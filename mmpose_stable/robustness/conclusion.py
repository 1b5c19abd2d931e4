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
from mmpose_stable.robustness.files import write_columns, write_json
from mmpose_stable.robustness.measures import defined
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import Persons, follow, join_persons, tabulate
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
    whole: bool,
) -> dict[str, Any]:
    """Compute the result in every process, write it in the main one, and return it.

    ``robustness.json`` is written last, and one of an earlier run is removed first: where it is,
    the other files are complete and of the same run.

    Args:
        whole: Whether the model predicts all persons of a picture.
    """
    truths = [from_text(text) for chunk in chunks for text in chunk.truths]
    persons = join_persons([chunk.persons for chunk in chunks])
    if whole:
        predictions = _followed(persons, truths, metric, evaluator.dataset_meta)
    else:
        predictions = tabulate(persons, truths)
        _warn_of_nan(predictions)
    numbers = metric.compute_metrics([predictions])
    clean, cells = numbers['clean'], numbers['cells']
    progress = tqdm([clean, *cells], desc='metrics', disable=not is_main_process())
    for column, cell in enumerate(progress):
        own = evaluate_column(evaluator, persons, truths, column)
        cell['metrics'] = {name: defined(value) for name, value in own.items()}
    counted = predictions.counted(numbers['count_unlabelled'])
    shown = intervals.persons_of(dataset, persons.image_id)
    sums = intervals.sum_by_person(predictions, shown, counted)
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
        pictures = examples.example_columns(kept, predictions)
        for name, schema, columns in (
            (PREDICTIONS_FILE, Predictions.SCHEMA, predictions.columns()),
            (intervals.PERSONS_FILE, intervals.SCHEMA, sums.columns()),
            (examples.EXAMPLES_FILE, examples.SCHEMA, pictures),
        ):
            header = {'schema': schema, 'fingerprint': fingerprint}
            write_columns(out_dir / name, header, columns)
        write_json(out_dir / results.FILE_NAME, {'schema': results.SCHEMA, **content})
    return content


def _followed(
    persons: Persons,
    truths: Sequence[Mapping[str, Any]],
    metric: RobustnessMetric,
    meta: Mapping[str, Any],
) -> Predictions:
    sigmas = np.asarray(meta.get('sigmas', ()), float)
    if len(sigmas) != meta['num_keypoints']:
        raise ValueError(
            f'`test_dataloader.dataset.metainfo.sigmas`: expected {meta["num_keypoints"]} numbers, '
            f'one a keypoint, to match persons by, got {len(sigmas)}'
        )
    if metric.person_score is not None:
        persons = persons.above(metric.person_score)
    return follow(persons, truths, sigmas, metric.match_oks)


def _warn_of_nan(predictions: Predictions) -> None:
    unknown = int(np.isnan(predictions.keypoints).any(-1).sum())
    if unknown and is_main_process():
        MMLogger.get_current_instance().warning(
            f'{unknown} predicted keypoints are not finite numbers: they count as wrong, and as '
            'moved'
        )
