"""Movement and accuracy against loops over single keypoints."""

import math

import numpy as np
import pytest

from mmpose_stable.robustness.metrics import (
    area_under,
    distances,
    labelled,
    mean_over,
    mean_performance,
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


def test_r_is_the_mean_squared_movement_of_counted_keypoints(scene):
    first, second, counted = scene
    total, number = 0.0, 0
    for person in range(7):
        for keypoint in range(5):
            if counted[person, keypoint]:
                dx = first[person, keypoint, 0] - second[person, keypoint, 0]
                dy = first[person, keypoint, 1] - second[person, keypoint, 1]
                total += dx * dx + dy * dy
                number += 1
    assert mean_squared(distances(first, second), counted) == pytest.approx(total / number)


def test_share_within_counts_keypoints_one_by_one(scene):
    first, second, counted = scene
    thresholds = np.arange(31.0)
    expected = []
    for threshold in thresholds:
        near = [
            math.dist(first[p, k], second[p, k]) <= threshold
            for p in range(7)
            for k in range(5)
            if counted[p, k]
        ]
        expected.append(sum(near) / len(near))
    found = share_within(distances(first, second), counted, thresholds)
    np.testing.assert_allclose(found, expected)
    assert 0 < found[10] < found[-1]


def test_no_movement_gives_r_zero_and_ruc_one_at_every_threshold(scene):
    first, _, counted = scene
    still = distances(first, first)
    thresholds = np.arange(31.0)
    curve = share_within(still, counted, thresholds)
    assert mean_squared(still, counted) == 0
    assert curve.tolist() == [1.0] * 31
    assert area_under(curve, thresholds) == 1.0


def test_a_keypoint_exactly_at_the_threshold_counts_as_within():
    moved = distances(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]))
    assert share_within(moved, np.array([True]), np.array([4.0, 5.0, 6.0])).tolist() == [0, 1, 1]


def test_area_under_a_straight_line_is_half():
    thresholds = np.linspace(0, 30, 31)
    assert area_under(thresholds / 30, thresholds) == pytest.approx(0.5)


def test_nothing_counted_is_nan_not_zero(scene):
    first, second, counted = scene
    moved = distances(first, second)
    nothing = np.zeros_like(counted)
    assert math.isnan(mean_squared(moved, nothing))
    assert math.isnan(mean_over(moved, nothing))
    assert np.isnan(share_within(moved, nothing, np.arange(3.0))).all()


def test_mean_over_leaves_nan_values_out():
    values = np.array([1.0, np.nan, 3.0, 100.0])
    assert mean_over(values, np.array([True, True, True, False])) == 2.0


def test_a_person_with_all_keypoints_at_the_origin_carries_no_label():
    keypoints = np.array([[[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [4.0, 2.0]]])
    visible = np.array([[1, 1], [1, 0]])
    assert labelled(keypoints, visible).tolist() == [[False, False], [True, False]]


def test_mpc_averages_cells_and_rpc_relates_it_to_clean():
    table = mean_performance(
        {'AP': 0.8, 'EPE': 0.0}, [{'AP': 0.2, 'EPE': 1.0}, {'AP': 0.6, 'EPE': 3.0}]
    )
    assert table['AP'] == pytest.approx({'clean': 0.8, 'mPC': 0.4, 'rPC': 0.5})
    assert table['EPE']['mPC'] == 2.0
    assert math.isnan(table['EPE']['rPC'])


def test_variety_is_0_of_one_answer_for_all_1_of_the_labels_and_2_of_twice_their_spread(scene):
    truth, _, counted = scene
    assert variety(np.broadcast_to(truth[:1], truth.shape), truth, counted) == pytest.approx(0)
    assert variety(truth + 5, truth, counted) == pytest.approx(1)
    assert variety(2 * truth, truth, counted) == pytest.approx(2)
    assert math.isnan(variety(truth[:1], truth[:1], counted[:1]))
