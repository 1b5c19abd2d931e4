"""Torso-normalised PCK against a count written out joint by joint."""

import numpy as np
import pytest

from mmpose_stable.metrics.pck import torso_pck

TORSO = (0, 1)


def naive_pck(predicted, truth, labelled, torso, threshold):
    """Count with plain loops; returns the fractions of each keypoint and of all."""
    hits = {k: [] for k in range(truth.shape[1])}
    for n in range(len(truth)):
        a, b = torso
        length = sum((truth[n, a, i] - truth[n, b, i]) ** 2 for i in range(2)) ** 0.5
        if not (labelled[n, a] and labelled[n, b]) or length < 1:
            continue
        for k in range(truth.shape[1]):
            if labelled[n, k]:
                error = sum((predicted[n, k, i] - truth[n, k, i]) ** 2 for i in range(2)) ** 0.5
                hits[k].append(error <= threshold * length)
    everything = [hit for values in hits.values() for hit in values]
    return [np.mean(v) if v else np.nan for v in hits.values()], np.mean(everything)


def example(seed=0, samples=40, keypoints=6):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 100, (samples, keypoints, 2))
    predicted = truth + rng.normal(0, 10, truth.shape)
    labelled = rng.random((samples, keypoints)) > 0.2
    return predicted, truth, labelled


def test_perfect_prediction_scores_one():
    _, truth, labelled = example()
    result = torso_pck(truth, truth, labelled, TORSO)
    assert result.overall == 1
    np.testing.assert_array_equal(result.per_keypoint, 1)


@pytest.mark.parametrize('threshold', [0.05, 0.2, 0.5])
def test_scores_equal_the_naive_count(threshold):
    predicted, truth, labelled = example()
    result = torso_pck(predicted, truth, labelled, TORSO, threshold)
    per_keypoint, overall = naive_pck(predicted, truth, labelled, TORSO, threshold)
    assert 0 < overall < 1
    np.testing.assert_allclose(result.per_keypoint, per_keypoint)
    assert result.overall == pytest.approx(overall)


def test_error_of_exactly_the_threshold_is_correct():
    truth = np.array([[[0.0, 0.0], [10.0, 0.0]]])
    predicted = truth + np.array([[0, 2.0], [0, 2.001]])
    result = torso_pck(predicted, truth, np.ones((1, 2)), TORSO, 0.2)
    np.testing.assert_array_equal(result.per_keypoint, [1, 0])


def test_score_does_not_change_with_the_scale_of_the_image():
    predicted, truth, labelled = example()
    small = torso_pck(predicted, truth, labelled, TORSO)
    large = torso_pck(7 * predicted, 7 * truth, labelled, TORSO)
    np.testing.assert_allclose(small.per_keypoint, large.per_keypoint)


@pytest.mark.parametrize('fault', ['short', 'unlabelled'])
def test_sample_without_a_measurable_torso_is_left_out_and_counted(fault):
    predicted, truth, labelled = example()
    labelled[:] = True
    rest = torso_pck(predicted[1:], truth[1:], labelled[1:], TORSO)
    if fault == 'short':
        truth[0, TORSO[0]] = truth[0, TORSO[1]] + 0.5
    else:
        labelled[0, TORSO[0]] = False
    result = torso_pck(predicted, truth, labelled, TORSO)
    assert (rest.excluded, result.excluded) == (0, 1)
    assert result.overall == rest.overall


def test_keypoint_that_is_never_labelled_has_no_score():
    predicted, truth, labelled = example()
    labelled[:, 3] = False
    truth[:, 3] = np.nan
    result = torso_pck(predicted, truth, labelled, TORSO)
    assert np.isnan(result.per_keypoint[3])
    assert np.isfinite(result.overall)


def test_prediction_that_is_not_finite_is_wrong():
    _, truth, labelled = example()
    labelled[:] = True
    predicted = truth.copy()
    predicted[:, 2] = np.nan
    predicted[:, 4] = np.inf
    result = torso_pck(predicted, truth, labelled, TORSO)
    np.testing.assert_array_equal(result.per_keypoint, [1, 1, 0, 1, 0, 1])


def test_no_measurable_sample_gives_no_score():
    result = torso_pck(np.zeros((2, 3, 2)), np.zeros((2, 3, 2)), np.ones((2, 3)), TORSO)
    assert np.isnan(result.overall)
    assert result.excluded == 2


def test_bad_input_is_refused_with_a_reason():
    predicted, truth, labelled = example()
    with pytest.raises(ValueError, match=r'shape \(N, K, 2\)'):
        torso_pck(predicted[:1], truth, labelled, TORSO)
    with pytest.raises(ValueError, match='labelled should have the shape'):
        torso_pck(predicted, truth, labelled[:, :2], TORSO)
    with pytest.raises(ValueError, match='not among 6 keypoints'):
        torso_pck(predicted, truth, labelled, (0, 6))
    truth[3, 2] = np.nan
    labelled[3, 2] = True
    with pytest.raises(ValueError, match='not finite'):
        torso_pck(predicted, truth, labelled, TORSO)
