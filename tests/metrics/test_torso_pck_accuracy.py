"""The registered metric: what it reads from samples and how it names its scores."""

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import METRICS

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_METAINFO
from mmpose_stable.metrics import LSP_GROUPS, TorsoPCKAccuracy, torso_pck
from mmpose_stable.metrics.torso_pck_accuracy import joint_table


def sample(truth, predicted, visible):
    return dict(
        gt_instances=dict(keypoints=truth[None], keypoints_visible=visible[None]),
        pred_instances=dict(keypoints=predicted[None]),
    )


def poses(samples=20, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 200, (samples, len(LSP_KEYPOINTS), 2))
    return truth, truth + rng.normal(0, 15, truth.shape), np.ones(truth.shape[:2])


def evaluate(metric, truth, predicted, visible):
    metric.dataset_meta = parse_pose_metainfo(dict(LSP_METAINFO))
    metric.process([], [sample(*arrays) for arrays in zip(truth, predicted, visible, strict=True)])
    return metric.evaluate(len(truth))


def test_metric_is_registered_with_mmpose():
    assert METRICS.get('TorsoPCKAccuracy') is TorsoPCKAccuracy


def test_torso_runs_from_left_shoulder_to_right_hip():
    truth, predicted, visible = poses()
    ends = (LSP_KEYPOINTS.index('left_shoulder'), LSP_KEYPOINTS.index('right_hip'))
    found = []
    for options in ({}, {'thr': 0.1}):
        scores = evaluate(TorsoPCKAccuracy(**options), truth, predicted, visible)
        thr = options.get('thr', 0.2)
        assert scores['torso/PCK'] == torso_pck(predicted, truth, visible, ends, thr).overall
        found.append(scores['torso/PCK'])
    assert 0 < found[1] < found[0] < 1


def test_group_scores_belong_to_the_named_joints():
    truth, _, visible = poses()
    predicted = truth.copy()
    predicted[:, LSP_KEYPOINTS.index('left_wrist')] += 1000
    predicted[:, LSP_KEYPOINTS.index('neck')] += 1000
    scores = evaluate(TorsoPCKAccuracy(), truth, predicted, visible)
    expected = dict.fromkeys([f'torso/{name} PCK' for name in LSP_GROUPS], 1.0)
    expected.update({'torso/Wri PCK': 0.5, 'torso/Head PCK': 0.5, 'torso/PCK': 12 / 14})
    assert scores == pytest.approx(expected)


def test_groups_cover_every_joint_once():
    members = [name for group in LSP_GROUPS.values() for name in group]
    assert sorted(members) == sorted(LSP_KEYPOINTS)


def test_visibility_with_stacked_weights_is_understood():
    truth, predicted, visible = poses()
    visible[:, 3] = 0
    stacked = np.stack([visible, np.ones_like(visible)], axis=-1)
    plain = evaluate(TorsoPCKAccuracy(), truth, predicted, visible)
    assert evaluate(TorsoPCKAccuracy(), truth, predicted, stacked) == plain


def test_group_score_is_the_mean_over_its_labelled_joints():
    truth, _, visible = poses()
    predicted = truth.copy()
    predicted[:, LSP_KEYPOINTS.index('left_knee')] += 1000
    visible[:, LSP_KEYPOINTS.index('left_knee')] = 0
    visible[:, [LSP_KEYPOINTS.index('left_wrist'), LSP_KEYPOINTS.index('right_wrist')]] = 0
    scores = evaluate(TorsoPCKAccuracy(), truth, predicted, visible)
    assert scores['torso/Knee PCK'] == 1
    assert np.isnan(scores['torso/Wri PCK'])


def test_empty_groups_leave_the_overall_score():
    scores = evaluate(TorsoPCKAccuracy(groups={}), *poses())
    assert list(scores) == ['torso/PCK']


def test_unknown_keypoint_names_the_option_and_the_known_ones():
    metric = TorsoPCKAccuracy(torso=('left_shoulder', 'tail'))
    with pytest.raises(ValueError, match=r"\['tail'\] in \"torso\".*right_ankle"):
        evaluate(metric, *poses())
    metric = TorsoPCKAccuracy(groups=dict(Face=('nose',)))
    with pytest.raises(ValueError, match=r"\['nose'\] in \"groups\""):
        evaluate(metric, *poses())


def test_options_are_checked_when_built():
    with pytest.raises(ValueError, match='thr of TorsoPCKAccuracy'):
        TorsoPCKAccuracy(thr=0)
    with pytest.raises(ValueError, match='two names'):
        TorsoPCKAccuracy(torso=('left_shoulder',))


def test_no_sample_at_all_is_an_error_that_names_the_data_set():
    with pytest.raises(ValueError, match=r'no sample.*val_dataloader\.dataset'):
        TorsoPCKAccuracy().compute_metrics([])


def test_the_table_of_joints_is_in_per_cent_with_the_total_last():
    table = joint_table({'Head PCK': 0.974, 'Sho PCK': float('nan'), 'Total': 1.0})
    assert [line.split() for line in table.splitlines()[1:]] == [
        ['Head', 'Sho', 'Total'],
        ['97.4', '–', '100.0'],
    ]
