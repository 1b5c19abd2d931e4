"""Movement and accuracy at their edges; RobustnessMetric is compared with loops."""

import math

import numpy as np
import pytest

from mmpose_stable.robustness.metrics import (
    area_under,
    distances,
    labelled,
    mean_over,
    mean_squared,
    share_within,
    variety,
)


@pytest.fixture
def scene():
    generator = np.random.default_rng(3)
    first = generator.uniform(0, 60, (7, 5, 2))
    second = first + generator.normal(0, 15, first.shape)
    counted = generator.random((7, 5)) < 0.7
    return first, second, counted


def test_a_keypoint_at_the_threshold_is_within_and_the_area_under_a_straight_line_is_half():
    moved = distances(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]))
    assert share_within(moved, np.array([True]), np.array([4.0, 5.0, 6.0])).tolist() == [0, 1, 1]
    thresholds = np.linspace(0, 30, 31)
    assert area_under(thresholds / 30, thresholds) == pytest.approx(0.5)


def test_nothing_counted_is_nan_not_zero_and_means_leave_nan_out(scene):
    first, second, counted = scene
    moved = distances(first, second)
    nothing = np.zeros_like(counted)
    assert math.isnan(mean_squared(moved, nothing))
    assert math.isnan(mean_over(moved, nothing))
    assert np.isnan(share_within(moved, nothing, np.arange(3.0))).all()
    values = np.array([1.0, np.nan, 3.0, 100.0])
    assert mean_over(values, np.array([True, True, True, False])) == 2.0


def test_a_person_with_all_keypoints_at_the_origin_carries_no_label():
    keypoints = np.array([[[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [4.0, 2.0]]])
    visible = np.array([[1, 1], [1, 0]])
    assert labelled(keypoints, visible).tolist() == [[False, False], [True, False]]


def test_variety_is_0_of_one_answer_for_all_1_of_the_labels_and_2_of_twice_their_spread(scene):
    truth, _, counted = scene
    assert variety(np.broadcast_to(truth[:1], truth.shape), truth, counted) == pytest.approx(0)
    assert variety(truth + 5, truth, counted) == pytest.approx(1)
    assert variety(2 * truth, truth, counted) == pytest.approx(2)
    assert math.isnan(variety(truth[:1], truth[:1], counted[:1]))
