"""From finished chunks to the result files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from tqdm import tqdm

from mmpose_stable.robustness import results
from mmpose_stable.robustness.chunks import Chunk
from mmpose_stable.robustness.evaluators import evaluate_column
from mmpose_stable.robustness.examples import EXAMPLES_FILE, write_examples
from mmpose_stable.robustness.intervals import (
    PERSONS_FILE,
    PersonSums,
    describe_intervals,
    persons_of,
    sum_by_person,
)
from mmpose_stable.robustness.measures import defined
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import Persons, follow, join_persons
from mmpose_stable.robustness.predictions import Predictions, concatenate
from mmpose_stable.robustness.samples import from_text

PREDICTIONS_FILE = 'predictions.npz'
FOUND_FILE = 'found_persons.npz'


def compute_results(
    description: Mapping[str, Any],
    predictions: Predictions,
    given: Predictions | Persons,
    truths: Sequence[Mapping[str, Any]],
    metric: RobustnessMetric,
    evaluator: Evaluator,
) -> dict[str, Any]:
    """Return the content of ``robustness.json``, but for its fingerprint.

    Every process of a distributed run calls this: the data set's metrics gather among them.

    Args:
        given: What the data set's own metrics read: the same table of N samples, or all persons on
            N pictures.
        truths: N packed ground truths.
    """
    metric.process(None, [predictions])
    numbers = metric.evaluate(len(truths))
    clean, cells = numbers['clean'], numbers['cells']
    progress = tqdm([clean, *cells], desc='metrics', disable=not is_main_process())
    for column, cell in enumerate(progress):
        own = evaluate_column(evaluator, given, truths, column)
        cell['metrics'] = {name: defined(value) for name, value in own.items()}
    settings = {**description['settings'], 'count_unlabelled': numbers['count_unlabelled']}
    return {
        **description,
        'settings': settings,
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
    }


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
    found = [part for part in parts if isinstance(part, Persons)]
    if found:
        persons = join_persons(found)
        least = metric.person_score
        some = persons if least is None else persons.above(least)
        predictions = follow(some, truths, _sigmas(evaluator), metric.match_oks)
    else:
        predictions = concatenate([part for part in parts if isinstance(part, Predictions)])
    given = persons if found else predictions
    computed = compute_results(description, predictions, given, truths, metric, evaluator)
    sums = _by_person(predictions, metric, computed['settings'], dataset)
    intervals = describe_intervals(sums, predictions.cells)
    content = {'fingerprint': fingerprint, **computed, 'intervals': intervals}
    if is_main_process():
        (out_dir / results.FILE_NAME).unlink(missing_ok=True)
        predictions.save(out_dir / PREDICTIONS_FILE, fingerprint)
        sums.save(out_dir / PERSONS_FILE, fingerprint)
        if found:
            persons.save(out_dir / FOUND_FILE, fingerprint)
        write_examples(
            out_dir / EXAMPLES_FILE,
            fingerprint,
            [chunk.examples for chunk in chunks],
            predictions,
            description['settings']['channel_order'],
        )
        results.write_results(out_dir / results.FILE_NAME, content)
    return content


def _sigmas(evaluator: Evaluator) -> np.ndarray:
    meta = evaluator.dataset_meta
    sigmas = np.asarray(meta.get('sigmas', ()), float)
    if len(sigmas) != meta['num_keypoints']:
        raise ValueError(
            f'`test_dataloader.dataset.metainfo.sigmas`: expected {meta["num_keypoints"]} numbers, '
            f'one a keypoint, to match persons by, got {len(sigmas)}'
        )
    return sigmas


def _by_person(
    predictions: Predictions,
    metric: RobustnessMetric,
    settings: Mapping[str, Any],
    dataset: Any,
) -> PersonSums:
    counted = predictions.counted(settings['count_unlabelled'])
    thresholds = metric.thresholds, metric.box_thresholds
    return sum_by_person(predictions, persons_of(dataset), counted, *thresholds)
