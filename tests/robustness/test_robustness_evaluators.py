"""A data set's own metrics see copies of what they may change, and share what they only read."""

import dataclasses

import numpy as np
import pytest
from mmengine.evaluator import BaseMetric, Evaluator
from mmpose.evaluation.metrics import CocoMetric
from random_tables import make_persons
from tiny_data_sets import persons, write_coco

from mmpose_stable.robustness.evaluators import evaluate_column

SAMPLES = 3


class Meddler(BaseMetric):
    """Counts what it is given, and spoils all of it."""

    def __init__(self, coco=None, gt_converter=None):
        super().__init__()
        self.coco, self.gt_converter = coco, gt_converter
        self.calls = 0
        self.seen = []

    def process(self, data_batch, data_samples):
        for sample in data_samples:
            self.calls += 1
            self.seen.append(sample)
            self.results.append(float(sample['gt_instances']['bboxes'].sum()))
            sample['gt_instances']['bboxes'] *= 0
            sample['raw_ann_info']['keypoints'].clear()

    def compute_metrics(self, results):
        if self.gt_converter:
            self.coco['anns'].clear()
        seen.append((self.seen, self.coco))
        return {'sum': sum(results), 'calls': self.calls}


seen = []


def truths():
    return [
        {
            'gt_instances': {'bboxes': np.ones((1, 4)) * at},
            'raw_ann_info': {'keypoints': [1, 2, 2], 'segmentation': [[float(at)] * 6]},
        }
        for at in range(SAMPLES)
    ]


@pytest.fixture(autouse=True)
def _nothing_seen():
    seen.clear()


def test_every_column_has_the_same_truth_whatever_a_metric_does_and_polygons_are_no_copies():
    evaluator, given = Evaluator(Meddler()), truths()
    found = [evaluate_column(evaluator, make_persons(), given, column) for column in (0, 1)]
    assert found[0] == found[1] == {'sum': 4.0 * (0 + 1 + 2), 'calls': 3.0}
    assert [truth['raw_ann_info']['keypoints'] for truth in given] == [[1, 2, 2]] * SAMPLES
    for sample, truth in zip(seen[0][0], given, strict=True):
        assert sample['raw_ann_info']['segmentation'] is truth['raw_ann_info']['segmentation']


@pytest.mark.parametrize('converter', [None, {'num_keypoints': 2}])
def test_an_index_of_labels_is_shared_unless_it_is_converted(converter):
    index = {'anns': {1: 'one'}}
    metric = Meddler(index, converter)
    evaluate_column(Evaluator(metric), make_persons(), truths(), 0)
    assert (seen[0][1] is index) == (converter is None)
    assert index == {'anns': {1: 'one'}}


class Saver(Meddler):
    """Would write its predictions to a file, as COCO's metrics do."""

    outfile_prefix = None

    def compute_metrics(self, results):
        seen.append(self.outfile_prefix)
        return {}


def test_a_file_of_predictions_is_that_of_the_clean_pictures():
    metric = Saver()
    metric.outfile_prefix = 'predictions'
    for column in (0, 1, 2):
        evaluate_column(Evaluator(metric), make_persons(), truths(), column)
    assert seen == ['predictions', None, None]
    assert metric.outfile_prefix == 'predictions'


def coco_ap(folder, spoil):
    """AP of two labelled persons whose labels are predicted, but for what ``spoil`` does."""
    labels = persons(4)
    write_coco({'data_root': folder, 'ann_file': 'labels.json'}, labels)
    evaluator = Evaluator(CocoMetric(str(folder / 'labels.json')))
    evaluator.dataset_meta = {'sigmas': np.full(4, 0.05), 'num_keypoints': 4}
    found = dataclasses.replace(
        make_persons(rows=(0, 1)),
        keypoints=np.repeat(labels, 3, axis=0),
        scores=np.ones((6, 4)),
        bbox=np.tile([0.0, 0.0, 100.0, 80.0], (6, 1)),
        bbox_score=np.ones(6),
    )
    spoil(found.keypoints[1::3], found.scores[1::3])
    given = [{'id': n, 'img_id': n, 'gt_instances': {}} for n in (1, 2)]
    return [evaluate_column(evaluator, found, given, column)['coco/AP'] for column in (0, 1)]


def no_numbers(keypoints, scores):
    keypoints[:], scores[:] = np.nan, np.nan


def one_number_missing(keypoints, scores):
    keypoints += 1000
    keypoints[:, 0] = np.nan


def scores_missing(keypoints, scores):
    keypoints[:, 0], scores[:, 0] = np.nan, np.nan


@pytest.mark.parametrize(
    ('spoil', 'least', 'most'),
    [(no_numbers, 0, 0), (one_number_missing, 0, 0), (scores_missing, 0.1, 0.99)],
)
def test_no_number_counts_as_wrong_by_cocos_metrics_too(tmp_path, spoil, least, most):
    # COCO's matching takes a similarity of NaN for a match.
    exact, spoiled = coco_ap(tmp_path, spoil)
    assert exact == 1
    assert least <= spoiled <= most
