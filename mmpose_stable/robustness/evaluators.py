"""A data set's own metrics, for the clean pictures and each perturbation."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from mmengine.dist import get_rank, get_world_size
from mmengine.evaluator import DumpResults, Evaluator
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS

from mmpose_stable.config_parts import type_name
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import Persons
from mmpose_stable.robustness.predictions import Predictions


def split_evaluator(
    runner: Runner, given: Any, metainfo: Mapping[str, Any]
) -> tuple[RobustnessMetric, Evaluator]:
    """Build the evaluators of a run and take the metric of robustness out of them."""
    evaluator = given if isinstance(given, Evaluator) else _built(runner, given)
    own = [metric for metric in evaluator.metrics if isinstance(metric, RobustnessMetric)]
    others = [metric for metric in evaluator.metrics if metric not in own]
    if len(own) != 1:
        raise ValueError(
            f"`test_evaluator`: expected one RobustnessMetric beside the data set's own "
            f'metrics, got {len(own)}'
        )
    if any(isinstance(metric, DumpResults) for metric in others):
        raise ValueError(
            '`test_evaluator`: DumpResults would write one file for each perturbation '
            'over the last one; the predictions of all of them are in predictions.npz'
        )
    evaluator.metrics, evaluator.dataset_meta = others, metainfo
    return own[0], evaluator


def _built(runner: Runner, given: Any) -> Evaluator:
    parts = list(given) if isinstance(given, (list, tuple)) else [given]
    # One with metrics of its own, MMPose's for several data sets, tells them apart itself.
    whole = [part for part in parts if isinstance(part, Mapping) and 'metrics' in part]
    others = [part for part in parts if part not in whole]
    names = [type_name(part) for part in others]
    if whole and (len(whole) > 1 or names != ['RobustnessMetric']):
        raise ValueError(
            '`test_evaluator`: expected an evaluator with `metrics` of its own beside '
            f'RobustnessMetric alone, got {len(whole)} such evaluators and {names}'
        )
    evaluator = runner.build_evaluator(whole[0] if whole else given)
    if whole:
        evaluator.metrics = [*evaluator.metrics, METRICS.build(others[0])]
    return evaluator


def evaluate_column(
    evaluator: Evaluator,
    predictions: Predictions | Persons,
    truths: Sequence[Mapping[str, Any]],
    column: int,
) -> dict[str, float]:
    """Run MMEngine's evaluator on one column of the prediction table.

    In a distributed run every process calls this with the same arguments. Each one feeds its share
    in the order of MMEngine's sampler, so that the metrics' own gathering restores all samples.

    Args:
        evaluator: The data set's evaluators; left as it is. Those with an ``outfile_prefix`` write
            the predictions of the clean pictures only.
        column: 0 for the clean pictures, then the perturbations.
    """
    count, world = len(truths), get_world_size()
    # Equal shares: the last ones begin anew.
    rows = [at % count for at in range(get_rank(), -(-count // world) * world, world)]
    evaluator = _copied(evaluator, saving=column == 0)
    with _quiet():
        for row in rows:
            sample = _merged(predictions, truths[row], row, column)
            # MMPose's evaluator for several data sets deals out the batch as well.
            evaluator.process([sample], {'inputs': [None], 'data_samples': [sample]})
        metrics = evaluator.evaluate(count)
    return {
        name: float(value)  # type: ignore[arg-type]
        for name, value in metrics.items()
        if isinstance(value, (Real, np.generic)) and not isinstance(value, bool)
    }


def _merged(
    predictions: Predictions | Persons, truth: Mapping[str, Any], row: int, column: int
) -> dict[str, Any]:
    # Metrics may change what they are given, but not polygons, whose copies would take most of the
    # time.
    raw = truth.get('raw_ann_info') or []
    polygons = [one.get('segmentation') for one in ([raw] if isinstance(raw, Mapping) else raw)]
    copied = copy.deepcopy(truth, {id(polygon): polygon for polygon in polygons})
    return {**copied, 'pred_instances': predictions.found(row, column, truth)}


def _copied(evaluator: Evaluator, saving: bool) -> Evaluator:
    # Some metrics change themselves while they compute (CocoMetric's converters change its labels);
    # otherwise the index of a data set's labels is the same for all.
    indices = [
        metric.coco
        for metric in evaluator.metrics
        if getattr(metric, 'coco', None) is not None and not getattr(metric, 'gt_converter', None)
    ]
    copied = copy.deepcopy(evaluator, {id(index): index for index in indices})
    for metric in copied.metrics:
        # A file of predictions (COCO's metrics write one) is to hold those of the clean pictures.
        if not saving and getattr(metric, 'outfile_prefix', None) is not None:
            metric.outfile_prefix = None
        if isinstance(metric, CocoMetric):
            metric.process = functools.partial(_process_numbers, metric.process)
    return copied


def _process_numbers(
    process: Callable[..., None], batch: Any, samples: Sequence[dict[str, Any]]
) -> None:
    """Give COCO's metrics a place for keypoints without one: two sides of the box outside it.

    Their similarity to the labels is 0 there. Of NaN it would be NaN, which COCO's matching takes
    for a match: a model that predicts nothing but NaN had an AP of 1.
    """
    numbers = []
    for sample in samples:
        found = dict(sample['pred_instances'])
        finite = np.isfinite(found['keypoints']).all(-1)
        if not finite.all():
            boxes = np.asarray(found['bboxes'])
            outside = boxes[:, None, :2] - 2 * (boxes[:, 2:] - boxes[:, :2])[:, None]
            found['keypoints'] = np.where(finite[..., None], found['keypoints'], outside)
            found['keypoint_scores'] = np.where(finite, found['keypoint_scores'], 0)
        numbers.append({**sample, 'pred_instances': found})
    process(batch, numbers)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # Each evaluation prints a table of its own; 76 of them would hide the result.
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
