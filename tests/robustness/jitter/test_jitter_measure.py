"""Acceleration, body size and smoothing as pure functions."""

import math

import numpy as np
import pytest

from mmpose_stable.robustness.jitter import (
    acceleration,
    box_diagonal,
    jitter,
    keypoint_spread,
    one_euro,
)
from mmpose_stable.robustness.jitter.measure import mean_known
from mmpose_stable.robustness.jitter.smoothing import check_one_euro


@pytest.fixture
def keypoints():
    """Twelve frames of four keypoints that wander."""
    return np.random.default_rng(0).normal(0, 3, (12, 4, 2)).cumsum(0) + 100


def test_constant_velocity_has_no_acceleration():
    time = np.arange(9.0)[:, None, None]
    even = np.array([[3.0, 4.0], [50.0, 60.0]]) + time * np.array([[1.5, -2.0], [0.0, 0.25]])
    np.testing.assert_allclose(acceleration(even)[1:-1], 0, atol=1e-12)


def test_a_single_displaced_frame_is_seen_by_itself_and_both_neighbours():
    still = np.zeros((7, 1, 2))
    still[3, 0] = (3.0, 4.0)
    np.testing.assert_allclose(acceleration(still)[1:-1, 0], [0, 5, 10, 5, 0])


def test_acceleration_equals_a_naive_loop(keypoints):
    found = acceleration(keypoints)
    for t in range(1, 11):
        for k in range(4):
            x, y = (
                keypoints[t + 1, k, axis] - 2 * keypoints[t, k, axis] + keypoints[t - 1, k, axis]
                for axis in range(2)
            )
            assert found[t, k] == pytest.approx(math.sqrt(x * x + y * y), rel=1e-12)
    assert np.isnan(found[[0, -1]]).all()


def test_moving_or_evenly_accelerated_cameras_change_what_they_should(keypoints):
    time = np.arange(12.0)[:, None, None]
    moved = keypoints + np.array([1000.0, -50.0]) + 7.0 * time
    np.testing.assert_allclose(acceleration(moved), acceleration(keypoints), atol=1e-9)
    fall = np.zeros((6, 1, 2))
    fall[:, 0, 1] = 0.5 * 3.0 * np.arange(6.0) ** 2
    np.testing.assert_allclose(acceleration(fall)[1:-1], 3.0)


def test_jitter_does_not_depend_on_the_size_of_the_picture(keypoints):
    size = np.linspace(50, 60, 12)
    np.testing.assert_allclose(jitter(4 * keypoints, 4 * size), jitter(keypoints, size))


def test_each_frame_is_divided_by_its_own_size(keypoints):
    size = np.linspace(50, 60, 12)
    np.testing.assert_allclose(
        jitter(keypoints, size)[5], acceleration(keypoints)[5] / size[5], rtol=1e-12
    )


def test_a_frame_without_prediction_leaves_out_three(keypoints):
    keypoints[5, 2] = np.nan
    found = acceleration(keypoints)
    expected = np.zeros((12, 4), bool)
    expected[[0, -1]] = True
    expected[4:7, 2] = True
    np.testing.assert_array_equal(np.isnan(found), expected)


@pytest.mark.parametrize('frames', [0, 1, 2])
def test_fewer_than_three_frames_are_refused(frames):
    with pytest.raises(ValueError, match='at least 3 frames'):
        acceleration(np.zeros((frames, 4, 2)))


def test_the_diagonal_of_a_box():
    boxes = np.array([[10.0, 10.0, 13.0, 14.0], [np.nan] * 4])
    np.testing.assert_allclose(box_diagonal(boxes), [5.0, np.nan])


def test_spread_is_the_median_diagonal_over_models_and_known_frames():
    points = np.full((2, 3, 4, 2), np.nan)
    for model, frame, width in ((0, 0, 3.0), (0, 1, 6.0), (1, 2, 30.0)):
        points[model, frame] = [(0, 0), (width, 0), (width / 2, width / 2), (width, 4 * width / 3)]
    assert keypoint_spread(points) == pytest.approx(10.0)


@pytest.mark.parametrize('value', [np.nan, 7.0])
def test_keypoints_without_any_spread_are_refused(value):
    with pytest.raises(ValueError, match='give a box'):
        keypoint_spread(np.full((1, 3, 4, 2), value))


def test_means_leave_out_what_is_unknown():
    values = np.array([[1.0, np.nan, 3.0], [np.nan] * 3])
    np.testing.assert_array_equal(mean_known(values, 1), [2.0, np.nan])
    assert mean_known(values) == 2.0


def naive_one_euro(values, fps, min_cutoff, beta):
    """The filter as its paper's listing gives it, with the derivative's cut-off at 1 Hz."""

    def alpha(cutoff, rate):
        return 1.0 / (1.0 + rate / (2 * math.pi * cutoff))

    smooth, speed, last, found = None, 0.0, None, []
    for at, value in enumerate(values):
        if math.isnan(value):
            found.append(math.nan)
            continue
        rate = fps if last is None else fps / (at - last)
        slope = 0.0 if smooth is None else (value - smooth) * rate
        weight = alpha(1.0, rate)
        speed = slope if smooth is None else weight * slope + (1 - weight) * speed
        weight = alpha(min_cutoff + beta * abs(speed), rate)
        smooth = value if smooth is None else weight * value + (1 - weight) * smooth
        last = at
        found.append(smooth)
    return np.array(found)


class TestOneEuro:
    """Smoothing; needs the optional package."""

    @pytest.fixture(autouse=True)
    def _package(self):
        pytest.importorskip('OneEuroFilter')

    def test_every_coordinate_is_filtered_as_in_the_paper(self, keypoints):
        keypoints[4:6] = np.nan
        found = one_euro(keypoints, 40.0, 25.0, 1.2, 0.7)
        for k in range(4):
            for axis in range(2):
                naive = 40 * naive_one_euro(keypoints[:, k, axis] / 40, 25.0, 1.2, 0.7)
                np.testing.assert_allclose(found[:, k, axis], naive, rtol=1e-9)

    def test_still_keypoints_stay_and_shaking_ones_shake_less(self, keypoints):
        still = np.repeat(keypoints[:1], 12, 0)
        np.testing.assert_allclose(one_euro(still, 40.0, 25.0), still)
        shaking = still + np.random.default_rng(1).normal(0, 2, still.shape)
        smooth = one_euro(shaking, 40.0, 25.0)
        assert np.nanmean(acceleration(smooth)) < 0.5 * np.nanmean(acceleration(shaking))

    def test_resolution_does_not_change_the_smoothing(self, keypoints):
        np.testing.assert_allclose(
            one_euro(3 * keypoints, 120.0, 25.0), 3 * one_euro(keypoints, 40.0, 25.0)
        )

    @pytest.mark.parametrize(('min_cutoff', 'beta'), [(0.0, 1.0), (1.0, -1.0), (math.nan, 1.0)])
    def test_senseless_parameters_are_refused(self, keypoints, min_cutoff, beta):
        with pytest.raises(ValueError, match='--min-cutoff'):
            one_euro(keypoints, 40.0, 25.0, min_cutoff, beta)


def test_an_absent_package_is_named(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ValueError, match='pip install OneEuroFilter'):
        check_one_euro(1.0, 1.0)
