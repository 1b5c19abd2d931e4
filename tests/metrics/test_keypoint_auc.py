"""The paper's AUC."""

import itertools

import numpy as np
import pytest
from mmpose.registry import METRICS


def score(metric, errors, labelled=None):
    truth = np.zeros((1, len(errors), 2))
    predicted = np.stack((np.asarray(errors, float), np.zeros(len(errors))), -1)[None]
    visible = np.ones(len(errors)) if labelled is None else np.asarray(labelled)
    sample = {
        'gt_instances': {'keypoints': truth, 'keypoints_visible': visible[None]},
        'pred_instances': {'keypoints': predicted},
    }
    metric.process([{}], [sample])
    return metric.evaluate(1)


def test_it_is_the_trapezoid_over_0_to_30_px():
    metric = METRICS.build({'type': 'KeypointAUC'})
    assert score(metric, [0, 0]) == {'AUC@30px': 1.0}
    errors = np.random.default_rng(0).uniform(0, 15, 40)
    pck = [np.mean(errors <= p) for p in range(31)]
    expected = sum((a + b) / 2 for a, b in itertools.pairwise(pck)) / 30
    assert score(metric, errors)['AUC@30px'] == pytest.approx(expected)


def test_unlabelled_keypoints_do_not_count_and_one_that_is_no_number_is_wrong():
    metric = METRICS.build({'type': 'KeypointAUC', 'max_distance': 10})
    assert score(metric, [0, 99], labelled=[1, 0]) == {'AUC@10px': 1.0}
    assert score(metric, [0, np.nan]) == {'AUC@10px': 0.5}
    with pytest.raises(ValueError, match='max_distance of KeypointAUC'):
        METRICS.build({'type': 'KeypointAUC', 'max_distance': 0})
