"""Torso-normalised PCK against a count written out joint by joint."""

import numpy as np
import pytest

from mmpose_stable.metrics.pck import torso_pck

TORSO = (0, 1)


def naive_pck(predicted, truth, labelled, threshold):
    """Count with plain loops; returns the fractions of each keypoint, of all, and what is left."""
    hits = {k: [] for k in range(truth.shape[1])}
    excluded = 0
    for n in range(len(truth)):
        a, b = TORSO
        length = sum((truth[n, a, i] - truth[n, b, i]) ** 2 for i in range(2)) ** 0.5
        if not (labelled[n, a] and labelled[n, b]) or length < 1:
            excluded += 1
            continue
        for k in range(truth.shape[1]):
            if labelled[n, k]:
                error = sum((predicted[n, k, i] - truth[n, k, i]) ** 2 for i in range(2)) ** 0.5
                hits[k].append(error <= threshold * length)
    everything = [hit for values in hits.values() for hit in values]
    return [np.mean(v) if v else np.nan for v in hits.values()], np.mean(everything), excluded


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
