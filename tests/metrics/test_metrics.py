"""Torso-normalised PCK against a plain count; what metrics read of samples and how they name it."""

import itertools
import json
import math

import numpy as np
import pytest
from mmengine.logging import MMLogger
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import METRICS

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_METAINFO
from mmpose_stable.metrics import LSP_GROUPS, KeypointFile, torso_pck

TORSO = (0, 1)


def naive_pck(predicted, truth, labelled, threshold):
    """Count with plain loops; returns the fractions of each keypoint, of all, and what is left."""
    hits, excluded = [[] for _ in truth[0]], 0
    for found, true, seen in zip(predicted, truth, labelled, strict=True):
        length = math.dist(true[TORSO[0]], true[TORSO[1]])
        if not all(seen[end] for end in TORSO) or length < 1:
            excluded += 1
            continue
        for k in np.flatnonzero(seen):
            hits[k].append(math.dist(found[k], true[k]) <= threshold * length)
    everything = list(itertools.chain(*hits))
    return [np.mean(v) if v else np.nan for v in hits], np.mean(everything), excluded


def example(seed=0, samples=40, keypoints=6):
    """Some torsos are unlabelled, one is short, keypoint 3 has no label, 4 no finite prediction."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 100, (samples, keypoints, 2))
    predicted = truth + rng.normal(0, 10, truth.shape)
    labelled = rng.random((samples, keypoints)) > 0.2
    truth[0, 0], labelled[0] = truth[0, 1] + 0.05, True
    labelled[:, 3], truth[:, 3] = False, np.nan
    predicted[::2, 4], predicted[1::2, 4] = np.nan, np.inf
    return predicted, truth, labelled


@pytest.mark.parametrize('threshold', [0.05, 0.2, 0.5])
@pytest.mark.parametrize('scale', [1, 7])
def test_scores_at_any_scale_equal_the_naive_count(threshold, scale):
    predicted, truth, labelled = example()
    result = torso_pck(scale * predicted, scale * truth, labelled, TORSO, threshold)
    per_keypoint, overall, excluded = naive_pck(predicted, truth, labelled, threshold)
    assert 0 < overall < 1
    assert np.isnan(per_keypoint[3])
    assert per_keypoint[4] == 0
    np.testing.assert_allclose(result.per_keypoint, per_keypoint)
    assert result.overall == pytest.approx(overall)
    assert result.excluded == excluded > 5


def test_an_error_of_exactly_the_threshold_is_correct():
    truth = np.array([[[0.0, 0.0], [10.0, 0.0]]])
    predicted = truth + np.array([[0, 2.0], [0, 2.001]])
    result = torso_pck(predicted, truth, np.ones((1, 2)), TORSO, 0.2)
    np.testing.assert_array_equal(result.per_keypoint, [1, 0])


def test_no_measurable_sample_gives_no_score():
    result = torso_pck(np.zeros((2, 3, 2)), np.zeros((2, 3, 2)), np.ones((2, 3)), TORSO)
    assert np.isnan(result.overall)
    assert result.excluded == 2


def test_bad_input_is_refused_with_a_reason():
    predicted, truth, labelled = example()
    with pytest.raises(ValueError, match=r'shape \(N, K, 2\)'):
        torso_pck(predicted[:1], truth, labelled, TORSO)
    labelled[3, 3] = True
    with pytest.raises(ValueError, match='not finite'):
        torso_pck(predicted, truth, labelled, TORSO)


def evaluate(metric, predicted, truth, visible, **labels):
    """Return the scores that a metric gives keypoints (N, K, 2)."""
    metric = METRICS.build(metric)
    metric.dataset_meta = parse_pose_metainfo(dict(LSP_METAINFO))
    for p, t, v in zip(predicted, truth, visible, strict=True):
        given = dict(keypoints=t[None], keypoints_visible=v[None], **labels)
        metric.process([], [dict(gt_instances=given, pred_instances=dict(keypoints=p[None]))])
    return metric.evaluate(len(truth))


def poses(keypoints=14, noise=15):
    """Return predicted and true keypoints of 20 persons, all of them labelled."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 200, (20, keypoints, 2))
    return truth + rng.normal(0, noise, truth.shape), truth, np.ones((20, keypoints))


def places(*names):
    return [LSP_KEYPOINTS.index(name) for name in names]


@pytest.mark.parametrize('options', [{}, {'thr': 0.1}, {'groups': {}}])
def test_torso_runs_from_left_shoulder_to_right_hip(options):
    scores = evaluate(dict(type='TorsoPCKAccuracy', **options), *poses())
    ends = tuple(places('left_shoulder', 'right_hip'))
    expected = torso_pck(*poses(), ends, options.get('thr', 0.2)).overall
    assert scores['torso/PCK'] == expected
    assert 0 < expected < 1
    assert len(scores) == (1 if 'groups' in options else 8)


def test_group_scores_are_means_over_the_labelled_of_the_named_joints():
    torso = dict(type='TorsoPCKAccuracy')
    predicted, truth, visible = poses(noise=0)
    predicted[:, places('left_wrist', 'neck')] += 1000
    expected = dict.fromkeys([f'torso/{name} PCK' for name in LSP_GROUPS], 1.0)
    expected.update({'torso/Wri PCK': 0.5, 'torso/Head PCK': 0.5, 'torso/PCK': 12 / 14})
    assert evaluate(torso, predicted, truth, visible) == pytest.approx(expected)
    visible[:, places('left_wrist', 'left_knee', 'right_knee')] = 0
    expected.update({'torso/Wri PCK': 1, 'torso/Knee PCK': np.nan, 'torso/PCK': 10 / 11})
    # Some codecs stack weights behind the visibility.
    stacked = np.stack([visible, np.ones_like(visible)], axis=-1)
    assert evaluate(torso, predicted, truth, stacked) == pytest.approx(expected, nan_ok=True)


def test_auc_is_the_trapezoid_over_0_to_30_px():
    errors = np.random.default_rng(0).uniform(0, 15, 40)
    predicted, truth = np.zeros((2, 1, 40, 2))
    predicted[..., 0] = errors
    pck = [np.mean(errors <= p) for p in range(31)]
    expected = sum((a + b) / 2 for a, b in itertools.pairwise(pck)) / 30
    scores = evaluate(dict(type='KeypointAUC'), predicted, truth, np.ones((1, 40)))
    assert scores == pytest.approx({'AUC@30px': expected})


@pytest.mark.parametrize(
    ('second', 'visible', 'score'), [(0, 1, 1), (99, 1, 0.5), (99, 0, 1), (np.nan, 1, 0.5)]
)
def test_auc_counts_labelled_keypoints_and_no_number_is_wrong(second, visible, score):
    metric = dict(type='KeypointAUC', max_distance=10)
    predicted = np.array([[[0, 0], [second, 0]]])
    scores = evaluate(metric, predicted, np.zeros((1, 2, 2)), np.array([[1, visible]]))
    assert scores == {'AUC@10px': score}


def test_the_log_of_pckh_shows_the_joints_in_per_cent(monkeypatch):
    shown, logger = [], MMLogger.get_current_instance()
    monkeypatch.setattr(logger, 'log', lambda level, text: shown.append(text))
    data, head = poses(keypoints=16, noise=8), np.full((1, 1), 20.0)
    scores = evaluate(dict(type='PCKhAccuracy'), *data, head_size=head)
    (table,) = [text for text in shown if 'per cent' in text]
    title, names, values = table.splitlines()
    assert title == 'PCKh@0.5 in per cent'
    assert names.split() == ['Head', 'Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle', 'Total']
    expected = [*list(scores.values())[:7], scores['PCK']]
    assert values.split() == [f'{value:.1f}' for value in expected]
    assert 0 < expected[-1] < 100


def test_a_file_holds_every_person_in_the_order_of_the_annotations(tmp_path):
    def sample(number):
        found = dict(keypoints=np.full((1, 3, 2), number), keypoint_scores=np.full((1, 3), 0.5))
        return dict(id=number, img_path=f'any/folder/{number}.jpg', pred_instances=found)

    metric = KeypointFile(str(tmp_path / 'new' / 'all'))
    metric.process([], [sample(2), sample(0)])
    metric.process([], [sample(1)])
    assert metric.evaluate(3) == {'file/persons': 3}
    assert json.loads((tmp_path / 'new' / 'all.keypoints.json').read_text()) == [
        dict(id=at, image=f'{at}.jpg', keypoints=[[at, at]] * 3, scores=[0.5] * 3)
        for at in range(3)
    ]


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('TorsoPCKAccuracy', dict(torso=('neck', 'tail')), r"\['tail'\] in \"torso\".*right_ankle"),
        ('TorsoPCKAccuracy', dict(groups=dict(Face=('nose',))), r"\['nose'\] in \"groups\""),
        ('TorsoPCKAccuracy', dict(thr=0), 'thr of TorsoPCKAccuracy'),
        ('TorsoPCKAccuracy', dict(torso=('left_shoulder',)), 'two names'),
        ('KeypointAUC', dict(max_distance=0), 'max_distance of KeypointAUC'),
        (
            'KeypointFile',
            dict(outfile_prefix=f'{__file__}/all'),
            '`outfile_prefix` of KeypointFile: cannot write',
        ),
    ],
)
def test_an_option_that_does_not_fit_is_named(name, options, message):
    with pytest.raises(ValueError, match=message):
        evaluate(dict(type=name, **options), *poses())


def test_no_sample_at_all_is_an_error_that_names_the_data_set():
    with pytest.raises(ValueError, match=r'no sample.*val_dataloader\.dataset'):
        METRICS.build(dict(type='TorsoPCKAccuracy')).compute_metrics([])
