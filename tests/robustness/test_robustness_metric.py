"""RobustnessMetric: every number of a cell against plain loops; its functions at their edges."""

import itertools
import math

import numpy as np
import pytest
from random_tables import make_table

from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.metrics import (
    area_of,
    distances,
    labelled,
    mean_over,
    share_within,
    variety,
)


def numbers_of(table, **settings):
    return RobustnessMetric(**settings).compute_metrics([table])


def naive_movement(table, row, column, keypoint, true=False):
    """Squared movement or error in input pixels, and the distance as a share of the box."""
    other = table.true_keypoints[row] if true else table.keypoints[row, 0]
    difference = table.keypoints[row, column, keypoint] - other[keypoint]
    pixels = difference / table.input_scale[row] * table.input_size
    side = max(table.bbox[row, 2] - table.bbox[row, 0], table.bbox[row, 3] - table.bbox[row, 1])
    return float((pixels**2).sum()), float(np.hypot(*difference)) / side


def naive_area(shares):
    return sum((a + b) / 2 for a, b in itertools.pairwise(shares)) / (len(shares) - 1)


@pytest.mark.parametrize('count_unlabelled', [True, False])
def test_every_number_equals_a_loop_over_persons_and_keypoints(count_unlabelled):
    table = make_table(tuple(range(9)), keypoints=6)
    numbers = numbers_of(table, count_unlabelled=count_unlabelled)
    places = [(row, k) for row in range(9) for k in range(6)]
    counted = [at for at in places if count_unlabelled or table.labelled[at]]
    labelled = [at for at in places if table.labelled[at]]

    def shares(found):
        """Of pixels and of shares of the box, which are at most each threshold."""
        steps = range(31)
        pixels = [np.mean([square**0.5 <= p for square, _ in found]) for p in steps]
        return pixels, [np.mean([s <= 0.15 * p / 30 for _, s in found]) for p in steps]

    for column, cell in enumerate(numbers['cells'], start=1):
        moved = [naive_movement(table, row, column, k) for row, k in counted]
        assert cell['counted_keypoints'] == len(counted)
        assert cell['r'] == pytest.approx(np.mean([square for square, _ in moved]))
        assert cell['r_box'] == pytest.approx(np.mean([share**2 for _, share in moved]))
        ruc, box = shares(moved)
        assert cell['ruc'] == pytest.approx(ruc)
        assert cell['ruc_area'] == pytest.approx(naive_area(ruc[1:]))
        assert cell['unmoved_share'] == pytest.approx(ruc[0])
        assert cell['ruc_box'] == pytest.approx(box)
        assert cell['ruc_box_area'] == pytest.approx(naive_area(box[1:]))
        pck, box = shares([naive_movement(table, row, column, k, True) for row, k in labelled])
        assert cell['auc'] == pytest.approx(naive_area(pck))
        assert cell['auc_box'] == pytest.approx(naive_area(box))
        for entry, values in (('spread', table.map_spread), ('gap', table.map_gap)):
            mean = np.mean([values[row, column, k] for row, k in counted])
            assert cell[entry] == pytest.approx(mean, rel=1e-5)
        places = table.map_position
        leaves = [places[row, column, k] != places[row, 0, k] for row, k in counted]
        certain = [table.map_certified[row, column, k] for row, k in counted]
        assert cell['peak_moved_share'] == pytest.approx(np.mean(leaves))
        assert cell['certified_share'] == pytest.approx(np.mean(certain))
        both = [a and b for a, b in zip(leaves, certain, strict=True)]
        assert cell['certified_moved'] == sum(both)


def test_numbers_of_heatmaps_are_absent_without_them_and_maps_without_a_positive_value_count():
    numbers = numbers_of(make_table(maps=False))
    for cell in (numbers['clean'], *numbers['cells']):
        for name in ('spread', 'gap', 'empty_share', 'peak_moved_share', 'certified_share'):
            assert cell.get(name) is None
    assert numbers['cells'][0]['certified_moved'] is None
    table = make_table(keypoints=4)
    table.labelled[:] = [True, True, True, False]
    table.map_gap[0, 1, [0, 1, 3]] = np.nan  # the last is not labelled
    numbers = numbers_of(table)
    assert [cell['empty_share'] for cell in numbers['cells']] == [pytest.approx(2 / 9), 0]


def test_all_keypoints_count_where_nothing_is_labelled():
    table = make_table()
    assert numbers_of(table)['count_unlabelled'] is False
    table.labelled[:] = False
    numbers = numbers_of(table)
    assert numbers['count_unlabelled'] is True
    assert numbers['cells'][0]['counted_keypoints'] == table.labelled.size
    assert numbers['cells'][0]['auc'] is None


def test_samples_of_another_test_loop_and_bad_settings_are_refused():
    with pytest.raises(TypeError, match='RobustnessTestLoop'):
        RobustnessMetric().process(None, [{'pred_instances': None}])
    with pytest.raises(ValueError, match='match_oks'):
        RobustnessMetric(match_oks=2)


def test_a_keypoint_at_the_threshold_is_within():
    moved = distances(np.array([[3.0, 4.0]]), np.array([[0.0, 0.0]]))
    assert share_within(moved, np.array([True]), np.array([4.0, 5.0, 6.0])).tolist() == [0, 1, 1]


def test_the_area_of_steps_is_the_area_under_their_mean_and_nan_is_beyond_every_threshold():
    distance = np.random.default_rng(0).uniform(0, 12, 50)
    distance[:3] = 0, 10, np.nan
    thresholds = np.array([0.0, 1, 3, 4, 10])
    curve = [np.mean(distance <= threshold) for threshold in thresholds]
    area = sum(
        width * (a + b) / 2
        for width, (a, b) in zip(np.diff(thresholds), itertools.pairwise(curve), strict=True)
    )
    assert area_of(distance, thresholds).mean() == pytest.approx(area / 10)
    assert area_of(np.array([0.0, np.nan]), thresholds).tolist() == [1, 0]


def test_nothing_counted_is_nan_not_zero_and_means_leave_nan_out():
    values, nothing = np.array([1.0, np.nan, 3.0, 100.0]), np.zeros(4, bool)
    assert math.isnan(mean_over(values, nothing))
    assert np.isnan(share_within(values, nothing, np.arange(3.0))).all()
    assert mean_over(values, np.array([True, True, True, False])) == 2.0


def test_a_person_with_all_keypoints_at_the_origin_carries_no_label():
    keypoints = np.array([[[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [4.0, 2.0]]])
    visible = np.array([[1, 1], [1, 0]])
    assert labelled(keypoints, visible).tolist() == [[False, False], [True, False]]


def test_variety_is_0_of_one_answer_for_all_1_of_the_labels_and_2_of_twice_their_spread():
    generator = np.random.default_rng(3)
    truth, counted = generator.uniform(0, 60, (7, 5, 2)), generator.random((7, 5)) < 0.7
    assert variety(np.broadcast_to(truth[:1], truth.shape), truth, counted) == pytest.approx(0)
    assert variety(truth + 5, truth, counted) == pytest.approx(1)
    assert variety(2 * truth, truth, counted) == pytest.approx(2)
    assert math.isnan(variety(truth[:1], truth[:1], counted[:1]))
