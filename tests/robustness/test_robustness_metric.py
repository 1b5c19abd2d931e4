"""RobustnessMetric and its table: numbers of a cell against plain loops, functions at edges."""

import itertools
import math

import numpy as np
import pytest
from random_tables import make_table

from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.metrics import labelled, variety


def numbers_of(table, **settings):
    return RobustnessMetric(**settings).compute_metrics([table])


def naive_movement(table, row, column, keypoint, true=False):
    """Squared movement or error in input pixels, and the distance as a share of the box."""
    other = table.true_keypoints[row] if true else table.keypoints[row, 0]
    difference = table.keypoints[row, column, keypoint] - other[keypoint]
    pixels = difference / table.input_scale[row] * table.input_size
    side = max(*(table.bbox[row, 2:] - table.bbox[row, :2]), 1)
    return float((pixels**2).sum()), float(np.hypot(*difference)) / side


def naive_area(shares):
    return sum((a + b) / 2 for a, b in itertools.pairwise(shares)) / (len(shares) - 1)


@pytest.mark.parametrize('count_unlabelled', [True, False])
def test_every_number_equals_a_loop_over_persons_and_keypoints(count_unlabelled):
    table = make_table(tuple(range(9)), keypoints=6)
    table.bbox[0] = 3  # a box without an area counts as one of a pixel
    numbers = numbers_of(table, count_unlabelled=count_unlabelled)
    assert numbers['count_unlabelled'] is count_unlabelled
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
        pixels, box = shares(moved)
        assert cell['unmoved_share'] == pytest.approx(pixels[0])
        for entry, curve in (('ruc', pixels), ('ruc_box', box)):
            assert cell[entry] == pytest.approx(curve)
            assert cell[f'{entry}_area'] == pytest.approx(naive_area(curve[1:]))
        wrong = [naive_movement(table, row, column, k, True) for row, k in labelled]
        assert [cell['auc'], cell['auc_box']] == pytest.approx([*map(naive_area, shares(wrong))])
        for entry, values in (('spread', table.map_spread), ('gap', table.map_gap)):
            mean = np.mean([values[row, column, k] for row, k in counted])
            assert cell[entry] == pytest.approx(mean, rel=1e-5)
        places, certain = table.map_position, table.map_certified
        leaves = {at for at in counted if places[at[0], column, at[1]] != places[at[0], 0, at[1]]}
        stays = {(row, k) for row, k in counted if certain[row, column, k]}
        assert cell['peak_moved_share'] == pytest.approx(len(leaves) / len(counted))
        assert cell['certified_share'] == pytest.approx(len(stays) / len(counted))
        assert cell['certified_moved'] == len(leaves & stays)


def test_maps_without_a_positive_value_have_a_share_and_no_gap():
    table = make_table(keypoints=4)
    table.labelled[:] = [True, True, True, False]
    table.map_gap[0, 1, [0, 1, 3]] = np.nan  # the last is not labelled
    table.map_gap[:, 2] = np.nan
    some, all_ = numbers_of(table)['cells']
    assert (some['empty_share'], all_['empty_share']) == (pytest.approx(2 / 9), 1)
    assert some['gap'] == pytest.approx(np.nanmean(table.map_gap[:, 1, :3]))
    assert all_['gap'] is None


def test_samples_of_another_test_loop_and_bad_settings_are_refused():
    with pytest.raises(TypeError, match='RobustnessTestLoop'):
        RobustnessMetric().process(None, [{'pred_instances': None}])
    with pytest.raises(ValueError, match='match_oks'):
        RobustnessMetric(match_oks=2)


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


def test_a_step_of_whole_pixels_of_the_input_is_within_its_threshold():
    table = make_table()
    table.true_keypoints[:] = table.keypoints[:, 0]
    # As predictions are kept: float32 in the photograph.
    clean = table.true_keypoints.astype(np.float32)
    sides = (table.input_scale / table.input_size)[:, None]
    for step in range(1, 31):
        moved = (table.true_keypoints + (step, 0) * sides).astype(np.float32)
        table.keypoints = np.stack((clean, moved, moved), 1)
        values = table.values(1, np.ones((3, 4), bool))
        for name, first in (('ruc_area', 1), ('auc', 0)):
            # A step of the curve rises from the threshold before.
            area = 1 if step == first else (30.5 - step) / (30 - first)
            np.testing.assert_allclose(values[name][0], area)
