"""RobustnessMetric: every number of a cell against plain loops, and the visibility rule."""

import itertools

import numpy as np
import pytest
from random_tables import make_table

from mmpose_stable.robustness.metric import RobustnessMetric


def numbers_of(table, **settings):
    metric = RobustnessMetric(**settings)
    metric.process(None, [table])
    return metric.evaluate(len(table.sample_index))


def naive_movement(table, row, column, keypoint):
    """Squared movement in input pixels, and the movement as a share of the box."""
    difference = table.keypoints[row, column, keypoint] - table.keypoints[row, 0, keypoint]
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
    for column, cell in enumerate(numbers['cells'], start=1):
        moved = [naive_movement(table, row, column, k) for row, k in counted]
        assert cell['counted_keypoints'] == len(counted)
        assert cell['r'] == pytest.approx(np.mean([square for square, _ in moved]))
        assert cell['r_box'] == pytest.approx(np.mean([share**2 for _, share in moved]))
        ruc = [np.mean([square**0.5 <= p for square, _ in moved]) for p in range(31)]
        assert cell['ruc'] == pytest.approx(ruc)
        assert cell['ruc_area'] == pytest.approx(naive_area(ruc[1:]))
        assert cell['unmoved_share'] == pytest.approx(ruc[0])
        box = [np.mean([share <= 0.15 * p / 30 for _, share in moved]) for p in range(31)]
        assert cell['ruc_box'] == pytest.approx(box)
        assert cell['ruc_box_area'] == pytest.approx(naive_area(box[1:]))
        errors = [
            np.hypot(
                *(
                    (table.keypoints[row, column, k] - table.true_keypoints[row, k])
                    / table.input_scale[row]
                    * table.input_size
                )
            )
            for row, k in labelled
        ]
        pck = [np.mean([error <= p for error in errors]) for p in range(31)]
        assert cell['auc'] == pytest.approx(naive_area(pck))
        spread = [table.map_spread[row, column, k] for row, k in counted]
        assert cell['spread'] == pytest.approx(np.mean(spread), rel=1e-6)
        leaves = [
            table.map_position[row, column, k] != table.map_position[row, 0, k]
            for row, k in counted
        ]
        certain = [table.map_certified[row, column, k] for row, k in counted]
        assert cell['peak_moved_share'] == pytest.approx(np.mean(leaves))
        assert cell['certified_share'] == pytest.approx(np.mean(certain))
        both = [a and b for a, b in zip(leaves, certain, strict=True)]
        assert cell['certified_moved'] == sum(both)


def test_a_model_without_heatmaps_has_none_for_each_heatmap_number():
    numbers = numbers_of(make_table(maps=False))
    assert numbers['clean']['spread'] is None
    for cell in numbers['cells']:
        for name in ('spread', 'gap', 'empty_share', 'peak_moved_share', 'certified_share'):
            assert cell[name] is None
        assert cell['certified_moved'] is None
        assert cell['r'] > 0


def test_maps_without_a_positive_value_are_counted():
    table = make_table(keypoints=4)
    table.labelled[:] = [True, True, True, False]
    table.map_gap[0, 1, :2] = np.nan
    table.map_gap[0, 1, 3] = np.nan  # not labelled
    numbers = numbers_of(table)
    assert [cell['empty_share'] for cell in numbers['cells']] == [pytest.approx(2 / 9), 0]
    assert numbers['clean']['empty_share'] == 0


def test_auto_counts_all_keypoints_only_where_nothing_is_labelled():
    table = make_table()
    assert numbers_of(table)['count_unlabelled'] is False
    table.labelled[:] = False
    numbers = numbers_of(table)
    assert numbers['count_unlabelled'] is True
    assert numbers['cells'][0]['counted_keypoints'] == table.labelled.size
    assert numbers['cells'][0]['auc'] is None
    assert numbers_of(table, count_unlabelled=False)['cells'][0]['r'] is None


def test_samples_of_another_test_loop_are_refused():
    with pytest.raises(TypeError, match='RobustnessTestLoop'):
        RobustnessMetric().process(None, [{'pred_instances': None}])


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match='count_unlabelled'):
        RobustnessMetric(count_unlabelled='some')
    with pytest.raises(ValueError, match='max_distance'):
        RobustnessMetric(max_distance=0)


def test_means_of_maps_and_areas_of_the_box_equal_loops_with_the_thresholds_given():
    table = make_table(tuple(range(9)), keypoints=6)
    numbers = numbers_of(table, max_distance=10, max_box_distance=0.4)
    labelled = table.labelled
    for column, cell in enumerate([numbers['clean'], *numbers['cells']]):
        assert cell['gap'] == pytest.approx(table.map_gap[:, column][labelled].mean(), rel=1e-5)
        spread = table.map_spread[:, column][labelled].mean()
        assert cell['spread'] == pytest.approx(spread, rel=1e-5)
        error = np.linalg.norm(table.keypoints[:, column] - table.true_keypoints, axis=-1)
        shares = (error / table.box_size[:, None])[labelled]
        pck = [np.mean(shares <= 0.4 * p / 10) for p in range(11)]
        assert cell['auc_box'] == pytest.approx(naive_area(pck))
    assert len(numbers['cells'][0]['ruc']) == len(numbers['cells'][0]['ruc_box']) == 11


def test_a_model_that_trembles_below_a_pixel_has_the_ruc_area_of_one_that_stands_still():
    table = make_table()
    table.keypoints[:] = table.keypoints[:, :1]
    table.keypoints[:, 1:] += 1e-3
    for cell in numbers_of(table)['cells']:
        assert cell['ruc_area'] == 1
        assert cell['unmoved_share'] == 0
