"""A data set's own metrics see copies of what they may change, and share what they only read."""

import numpy as np
import pytest
from mmengine.evaluator import BaseMetric, Evaluator
from mmpose.evaluation.metrics import CocoMetric
from random_tables import make_persons
from tiny_data_sets import persons, write_coco

from mmpose_stable.robustness.evaluators import evaluate_column

SAMPLES = 3
seen = []


class Meddler(BaseMetric):
    """Keeps what it is given, and spoils all of it; would write a file, as COCO's metrics do."""

    def __init__(self, coco=None, gt_converter=None):
        super().__init__()
        self.coco, self.gt_converter = coco, gt_converter
        self.outfile_prefix = 'predictions'
        self.samples = []

    def process(self, data_batch, data_samples):
        for sample in data_samples:
            self.samples.append(sample)
            self.results.append(float(sample['gt_instances']['bboxes'].sum()))
            sample['gt_instances']['bboxes'] *= 0
            sample['raw_ann_info']['keypoints'].clear()

    def compute_metrics(self, results):
        seen.append(self)
        if self.gt_converter:
            self.coco['anns'].clear()
        return {'sum': sum(results), 'calls': len(self.samples)}


def truths():
    found = []
    for at in range(SAMPLES):
        raw = {'keypoints': [1, 2, 2], 'segmentation': [[float(at)] * 6]}
        found.append({'gt_instances': {'bboxes': np.ones((1, 4)) * at}, 'raw_ann_info': raw})
    return found


@pytest.mark.parametrize('converter', [None, {'num_keypoints': 2}])
def test_a_metric_may_change_all_but_polygons_and_the_index_of_labels(converter):
    seen.clear()
    index, given = {'anns': {1: 'one'}}, truths()
    evaluator = Evaluator(Meddler(index, converter))
    found = [evaluate_column(evaluator, make_persons(), given, column) for column in (0, 1)]
    assert found[0] == found[1] == {'sum': 4.0 * (0 + 1 + 2), 'calls': 3.0}
    assert [truth['raw_ann_info']['keypoints'] for truth in given] == [[1, 2, 2]] * SAMPLES
    for sample, truth in zip(seen[0].samples, given, strict=True):
        assert sample['raw_ann_info']['segmentation'] is truth['raw_ann_info']['segmentation']
    assert (seen[0].coco is index) == (converter is None)
    assert index == {'anns': {1: 'one'}}
    # A file of predictions is that of the clean pictures.
    assert [metric.outfile_prefix for metric in seen] == ['predictions', None]


def test_files_of_predictions_hold_those_of_the_clean_pictures_alone():
    seen.clear()
    writer, outer = Meddler(), Meddler()
    writer.out_file_path = 'predictions.pkl'  # as MMEngine's DumpResults has it
    writer.prefix = 'writer'  # two metrics may not have scores of one name
    outer.metrics = {'metric': Meddler()}  # as KeypointPartitionMetric has them
    evaluator = Evaluator([writer, outer])
    for column in (0, 1):
        evaluate_column(evaluator, make_persons(), truths(), column)
    assert [one.prefix for one in seen] == ['writer', None, None]
    prefixes = [one.metrics['metric'].outfile_prefix for one in seen[1:]]
    assert prefixes == ['predictions', None]


@pytest.mark.parametrize(('unknown', 'least', 'most'), [(slice(4), 0, 0), (slice(1), 0.1, 0.99)])
def test_no_number_counts_as_wrong_by_cocos_metrics_too(tmp_path, unknown, least, most):
    labels = persons(4)
    write_coco({'data_root': tmp_path, 'ann_file': 'labels.json'}, labels)
    evaluator = Evaluator(CocoMetric(str(tmp_path / 'labels.json')))
    evaluator.dataset_meta = {'sigmas': np.full(4, 0.05), 'num_keypoints': 4}
    found = make_persons(rows=(0, 1))
    found.keypoints, found.scores = np.repeat(labels, 3, axis=0), np.ones((6, 4))
    found.bbox, found.bbox_score = np.tile([0.0, 0.0, 100.0, 80.0], (6, 1)), np.ones(6)
    # COCO's matching takes a similarity of NaN for a match.
    found.keypoints[1::3, unknown] = found.scores[1::3, unknown] = np.nan
    given = [{'id': n, 'img_id': n, 'gt_instances': {}} for n in (1, 2)]
    exact, spoiled = (evaluate_column(evaluator, found, given, at)['coco/AP'] for at in (0, 1))
    assert exact == 1
    assert least <= spoiled <= most
