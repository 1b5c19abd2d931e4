"""Torso-normalised PCK against a count written out joint by joint."""

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import METRICS

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_METAINFO
from mmpose_stable.metrics.torso_pck_accuracy import GROUPS

PLACES = {name: LSP_KEYPOINTS.index(name) for name in LSP_KEYPOINTS}
TORSO = PLACES['left_shoulder'], PLACES['right_hip']


def naive_pck(predicted, truth, labelled, threshold):
    """Hits of each joint of each person whose torso is labelled and at least a pixel long."""
    hits = {name: [] for name in PLACES}
    for n in range(len(truth)):
        a, b = TORSO
        length = sum((truth[n, a, i] - truth[n, b, i]) ** 2 for i in range(2)) ** 0.5
        if not (labelled[n, a] and labelled[n, b]) or length < 1:
            continue
        for name, k in PLACES.items():
            if labelled[n, k]:
                error = sum((predicted[n, k, i] - truth[n, k, i]) ** 2 for i in range(2)) ** 0.5
                hits[name].append(error <= threshold * length)
    return hits


def example(samples=40):
    """Some torsos are unlabelled, one is short; no neck, no ankle, no finite left wrist."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, (samples, len(PLACES), 2))
    predicted = truth + rng.normal(0, 10, truth.shape)
    labelled = rng.random(truth.shape[:2]) > 0.2
    truth[0, TORSO[0]], labelled[0] = truth[0, TORSO[1]] + 0.05, True
    for name in ('neck', 'left_ankle', 'right_ankle'):
        labelled[:, PLACES[name]], truth[:, PLACES[name]] = False, np.nan
    predicted[::2, PLACES['left_wrist']], predicted[1::2, PLACES['left_wrist']] = np.nan, np.inf
    return predicted, truth, labelled


def evaluate(predicted, truth, labelled, **options):
    metric = METRICS.build({'type': 'TorsoPCKAccuracy', **options})
    metric.dataset_meta = parse_pose_metainfo(dict(LSP_METAINFO))
    for p, t, v in zip(predicted, truth, labelled, strict=True):
        labels = {'keypoints': t[None], 'keypoints_visible': v[None].astype(float)}
        sample = {'gt_instances': labels, 'pred_instances': {'keypoints': p[None]}}
        metric.process([], [sample])
    return metric.evaluate(len(truth))


@pytest.mark.parametrize('threshold', [0.05, 0.2, 0.5])
@pytest.mark.parametrize('scale', [1, 7])
def test_scores_at_any_scale_equal_the_naive_count(threshold, scale):
    predicted, truth, labelled = example()
    hits = naive_pck(predicted, truth, labelled, threshold)
    scores = {name: np.mean(values) for name, values in hits.items() if values}
    expected = {'torso/PCK': np.mean(np.concatenate([*hits.values()]))}
    for group, members in GROUPS.items():
        found = [scores[name] for name in members if name in scores]
        expected[f'torso/{group} PCK'] = np.mean(found) if found else np.nan
    assert 0 < expected['torso/PCK'] < 1
    assert scores['left_wrist'] == 0
    found = evaluate(scale * predicted, scale * truth, labelled, thr=threshold)
    assert found == pytest.approx(expected, nan_ok=True)
    # Some codecs stack weights behind the visibility.
    stacked = np.stack([labelled, np.ones_like(labelled)], axis=-1)
    assert evaluate(predicted, truth, stacked, thr=threshold) == pytest.approx(found, nan_ok=True)


def test_an_error_of_exactly_the_threshold_is_correct():
    truth = np.zeros((1, len(PLACES), 2))
    truth[0, TORSO[0], 0] = 10
    predicted = truth.copy()
    predicted[0, PLACES['left_wrist'], 1], predicted[0, PLACES['left_elbow'], 1] = 2, 2.001
    scores = evaluate(predicted, truth, np.ones((1, len(PLACES))))
    assert (scores['torso/Wri PCK'], scores['torso/Elb PCK']) == (1, 0.5)


def test_no_measurable_sample_gives_no_score_and_no_sample_at_all_is_an_error():
    nothing = np.zeros((2, len(PLACES), 2))
    assert np.isnan(evaluate(nothing, nothing, np.ones((2, len(PLACES))))['torso/PCK'])
    with pytest.raises(ValueError, match=r'no sample.*val_dataloader\.dataset'):
        METRICS.build({'type': 'TorsoPCKAccuracy'}).compute_metrics([])


def test_a_data_set_with_other_keypoints_is_named():
    metric = METRICS.build({'type': 'TorsoPCKAccuracy'})
    metric.dataset_meta = {'dataset_name': 'hands', 'keypoint_name2id': {'wrist': 0}}
    keypoints = np.zeros((1, 1, 2))
    with pytest.raises(ValueError, match=r"of LSP; \['left_shoulder'.*of hands, .*'wrist'"):
        metric.score(keypoints, keypoints, np.ones((1, 1), bool))
