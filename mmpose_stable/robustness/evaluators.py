"""A data set's own metrics, for the clean pictures and each perturbation."""

import contextlib
import copy
import functools
import io
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS

from mmpose_stable.config_parts import type_name
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.persons import Persons


def split_evaluator(
    runner: Runner, given: Any, metainfo: Mapping[str, Any]
) -> tuple[RobustnessMetric, Evaluator]:
    """Build the metric of robustness of a configured ``test_evaluator``, and the data set's own."""
    parts = list(given) if isinstance(given, (list, tuple)) else [given]
    # One with metrics of its own, MMPose's for several data sets, is no metric itself.
    names = ['' if 'metrics' in part else type_name(part) for part in parts]
    if names.count('RobustnessMetric') != 1:
        raise ValueError(
            f"`test_evaluator`: expected one RobustnessMetric beside the data set's own "
            f'metrics, got {names.count("RobustnessMetric")}'
        )
    metric = METRICS.build(parts.pop(names.index('RobustnessMetric')))
    whole = len(parts) == 1 and 'metrics' in parts[0]
    evaluator = runner.build_evaluator(parts[0] if whole else parts)
    evaluator.dataset_meta = metainfo
    return metric, evaluator


def evaluate_column(
    evaluator: Evaluator,
    persons: Persons,
    truths: Sequence[Mapping[str, Any]],
    column: int,
) -> dict[str, float]:
    """Run the data set's metrics on one column of the prediction table.

    In a distributed run every process calls this with the same arguments. Each one feeds its share
    in the order of MMEngine's sampler, so that the metrics' own gathering restores all samples.
    """
    evaluator = _copied(evaluator, saving=column == 0)
    with _quiet(logging.ERROR if column else logging.WARNING):  # the rest would only repeat it
        for row in DefaultSampler(truths, shuffle=False, seed=0):
            sample = _merged(truths[row], persons.found(row, column))
            # MMPose's evaluator for several data sets deals out the inputs as well.
            evaluator.process([sample], {'inputs': [None], 'data_samples': [sample]})
        metrics = evaluator.evaluate(len(truths))
    return {name: float(value) for name, value in metrics.items() if isinstance(value, Real)}


def _merged(truth: Mapping[str, Any], found: Mapping[str, np.ndarray]) -> dict[str, Any]:
    # Metrics may change what they are given, but not polygons, whose copies would take most of the
    # time.
    raw = truth.get('raw_ann_info') or []
    polygons = [one.get('segmentation') for one in ([raw] if isinstance(raw, Mapping) else raw)]
    copied = copy.deepcopy(truth, {id(polygon): polygon for polygon in polygons})
    return {**copied, 'pred_instances': found}


def _copied(evaluator: Evaluator, saving: bool) -> Evaluator:
    # Some metrics change themselves while they compute (CocoMetric's converters change its labels);
    # otherwise the index of a data set's labels is the same for all.
    indices = [
        metric.coco
        for metric in evaluator.metrics
        if getattr(metric, 'coco', None) is not None and not getattr(metric, 'gt_converter', None)
    ]
    copied = copy.deepcopy(evaluator, {id(index): index for index in indices})
    if not saving:
        # Files of predictions are to hold those of the clean pictures.
        copied.metrics = [one for one in copied.metrics if not hasattr(one, 'out_file_path')]
    # `KeypointPartitionMetric` holds others.
    inner = [one for metric in copied.metrics for one in getattr(metric, 'metrics', {}).values()]
    for metric in (*copied.metrics, *inner):
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
    (sample,) = samples
    found = dict(sample['pred_instances'])
    finite = np.isfinite(found['keypoints']).all(-1)
    if not finite.all():
        boxes = found['bboxes']
        outside = boxes[:, None, :2] - 2 * (boxes[:, 2:] - boxes[:, :2])[:, None]
        found['keypoints'] = np.where(finite[..., None], found['keypoints'], outside)
        found['keypoint_scores'] = np.where(finite, found['keypoint_scores'], 0)
    process(batch, [{**sample, 'pred_instances': found}])


@contextlib.contextmanager
def _quiet(wanted: int) -> Iterator[None]:
    # Each evaluation prints a table of its own; 76 of them would hide the result.
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(wanted)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
