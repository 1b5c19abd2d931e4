"""Acceleration, body size and smoothing as pure functions."""

import math

import numpy as np
import pytest

from mmpose_stable.robustness.jitter.measure import (
    acceleration,
    check_one_euro,
    keypoint_spread,
    mean_known,
    one_euro,
)


@pytest.fixture
def keypoints():
    """Twelve frames of four keypoints that wander."""
    return np.random.default_rng(0).normal(0, 3, (12, 4, 2)).cumsum(0) + 100


def test_acceleration_equals_a_naive_loop_and_a_frame_without_prediction_leaves_out_three(
    keypoints,
):
    keypoints[5, 2] = np.nan
    found = acceleration(keypoints)
    for t in range(1, 11):
        for k in range(4):
            x, y = (
                keypoints[t + 1, k, axis] - 2 * keypoints[t, k, axis] + keypoints[t - 1, k, axis]
                for axis in range(2)
            )
            naive = math.sqrt(x * x + y * y)
            assert found[t, k] == pytest.approx(naive, rel=1e-12, nan_ok=k == 2 and 4 <= t <= 6)
    assert np.argwhere(np.isnan(found[1:-1])).tolist() == [[3, 2], [4, 2], [5, 2]]
    assert np.isnan(found[[0, -1]]).all()


def test_even_motion_has_none_and_a_fall_has_its_own(keypoints):
    time = np.arange(12.0)[:, None, None]
    moved = keypoints + np.array([1000.0, -50.0]) + 7.0 * time
    np.testing.assert_allclose(acceleration(moved), acceleration(keypoints), atol=1e-9)
    fall = 0.5 * 3.0 * time**2 * np.array([0.0, 1.0])
    np.testing.assert_allclose(acceleration(fall)[1:-1], 3.0)


def test_the_size_of_the_body_is_the_median_diagonal_and_means_leave_out_what_is_unknown():
    points = np.full((2, 3, 4, 2), np.nan)
    for model, frame, width in ((0, 0, 3.0), (0, 1, 6.0), (1, 2, 30.0)):
        points[model, frame] = [(0, 0), (width, 0), (width / 2, width / 2), (width, 4 * width / 3)]
    assert keypoint_spread(points) == pytest.approx(10.0)
    for value in (np.nan, 7.0):
        with pytest.raises(ValueError, match='give a box'):
            keypoint_spread(np.full((1, 3, 4, 2), value))
    values = np.array([[1.0, np.nan, 3.0], [np.nan] * 3])
    np.testing.assert_array_equal(mean_known(values, 1), [2.0, np.nan])
    assert mean_known(values) == 2.0


def test_shaking_keypoints_shake_less_whatever_the_resolution_and_gaps_stay(keypoints):
    pytest.importorskip('OneEuroFilter')
    still = np.repeat(keypoints[:1], 12, 0)
    np.testing.assert_allclose(one_euro(still, 40.0, 25.0), still)
    shaking = still + np.random.default_rng(1).normal(0, 2, still.shape)
    smooth = one_euro(shaking, 40.0, 25.0)
    assert np.nanmean(acceleration(smooth)) < 0.5 * np.nanmean(acceleration(shaking))
    np.testing.assert_allclose(one_euro(3 * shaking, 120.0, 25.0), 3 * smooth)
    shaking[4:6] = np.nan
    found = one_euro(shaking, 40.0, 25.0)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(shaking))
    np.testing.assert_allclose(found[:4], smooth[:4])


@pytest.mark.parametrize(('min_cutoff', 'beta'), [(0.0, 1.0), (1.0, -1.0), (math.nan, 1.0)])
def test_senseless_parameters_and_an_absent_package_are_named(monkeypatch, min_cutoff, beta):
    with pytest.raises(ValueError, match='--min-cutoff'):
        check_one_euro(min_cutoff, beta)
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ValueError, match='pip install OneEuroFilter'):
        check_one_euro(1.0, 1.0)
