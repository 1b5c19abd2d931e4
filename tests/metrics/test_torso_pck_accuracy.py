"""The registered metric: what it reads from samples and how it names its scores."""

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import METRICS

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_METAINFO
from mmpose_stable.metrics import LSP_GROUPS, torso_pck


def poses(samples=20, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 200, (samples, len(LSP_KEYPOINTS), 2))
    return truth, truth + rng.normal(0, 15, truth.shape), np.ones(truth.shape[:2])


def places(*names):
    return [LSP_KEYPOINTS.index(name) for name in names]


def evaluate(truth, predicted, visible, **options):
    metric = METRICS.build(dict(type='TorsoPCKAccuracy', **options))
    metric.dataset_meta = parse_pose_metainfo(dict(LSP_METAINFO))
    for t, p, v in zip(truth, predicted, visible, strict=True):
        labels = dict(keypoints=t[None], keypoints_visible=v[None])
        metric.process([], [dict(gt_instances=labels, pred_instances=dict(keypoints=p[None]))])
    return metric.evaluate(len(truth))


def test_torso_runs_from_left_shoulder_to_right_hip():
    truth, predicted, visible = poses()
    ends = tuple(places('left_shoulder', 'right_hip'))
    for options in ({}, {'thr': 0.1}, {'groups': {}}):
        scores = evaluate(truth, predicted, visible, **options)
        expected = torso_pck(predicted, truth, visible, ends, options.get('thr', 0.2)).overall
        assert scores['torso/PCK'] == expected
        assert 0 < expected < 1
        assert len(scores) == (1 if 'groups' in options else 8)


def test_group_scores_are_means_over_the_labelled_of_the_named_joints():
    truth, _, visible = poses()
    predicted = truth.copy()
    predicted[:, places('left_wrist', 'neck')] += 1000
    expected = dict.fromkeys([f'torso/{name} PCK' for name in LSP_GROUPS], 1.0)
    expected.update({'torso/Wri PCK': 0.5, 'torso/Head PCK': 0.5, 'torso/PCK': 12 / 14})
    assert evaluate(truth, predicted, visible) == pytest.approx(expected)
    visible[:, places('left_wrist', 'left_knee', 'right_knee')] = 0
    expected.update({'torso/Wri PCK': 1, 'torso/Knee PCK': np.nan, 'torso/PCK': 10 / 11})
    assert evaluate(truth, predicted, visible) == pytest.approx(expected, nan_ok=True)
    # Some codecs stack weights behind the visibility.
    stacked = np.stack([visible, np.ones_like(visible)], axis=-1)
    assert evaluate(truth, predicted, stacked) == pytest.approx(expected, nan_ok=True)


def test_groups_cover_every_joint_once():
    members = [name for group in LSP_GROUPS.values() for name in group]
    assert sorted(members) == sorted(LSP_KEYPOINTS)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(torso=('left_shoulder', 'tail')), r"\['tail'\] in \"torso\".*right_ankle"),
        (dict(groups=dict(Face=('nose',))), r"\['nose'\] in \"groups\""),
        (dict(thr=0), 'thr of TorsoPCKAccuracy'),
        (dict(torso=('left_shoulder',)), 'two names'),
    ],
)
def test_an_option_that_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        evaluate(*poses(), **options)


def test_no_sample_at_all_is_an_error_that_names_the_data_set():
    with pytest.raises(ValueError, match=r'no sample.*val_dataloader\.dataset'):
        METRICS.build(dict(type='TorsoPCKAccuracy')).compute_metrics([])
