"""Intervals: the same numbers as the metric's, SciPy's bootstrap, and how often they are right."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from made_results import SAMPLES, make_content, make_predictions, person_sums
from random_tables import make_table
from scipy import stats

from mmpose_stable.robustness.intervals import (
    describe_intervals,
    draws_of,
    interval,
    paired_interval,
    person_weights,
    persons_of,
    verdict,
)
from mmpose_stable.robustness.metric import RobustnessMetric
from mmpose_stable.robustness.selection import CLEAN, Cell


def skewed(generator, persons, repeats):
    """Sums and counts (G, repeats) of persons of mean 30, of whom some shake much more."""
    pictures = generator.integers(1, 8, (persons, repeats)).astype(float)
    own = 30 * generator.lognormal(-0.125, 0.5, (persons, repeats))
    return own * pictures * generator.gamma(20, 1 / 20, (persons, repeats)), pictures


@pytest.mark.parametrize('groups', [None, [f'p{at % 2}' for at in range(6)]])
def test_the_ratio_of_all_persons_sums_is_the_metrics_number(groups):
    content, table = make_content()
    sums = person_sums(table, groups)
    assert len(sums['person']) == (2 if groups else 6)
    once = np.ones((1, len(sums['person'])))
    entries = describe_intervals(sums, table.cells)['overall']
    assert len(entries) == 7
    for entry in entries:
        for cell, of_cell in zip(table.cells, content['cells'], strict=True):
            found = draws_of(sums, entry, [cell], once)
            np.testing.assert_allclose(found, of_cell[entry], rtol=1e-6)
        found = draws_of(sums, entry, table.cells, once)
        np.testing.assert_allclose(found, content['summary']['overall'][entry], rtol=1e-6)
    found = draws_of(sums, 'auc', [CLEAN], once)
    np.testing.assert_allclose(found, content['clean']['auc'], rtol=1e-6)


def test_a_keypoint_that_is_no_number_leaves_r_without_an_interval_and_counts_as_moved():
    cell = Cell('snow', 2)
    table = make_predictions([cell], 0, False, 1.0)
    table.labelled[0, 0] = True
    table.keypoints[0, 1, 0] = np.nan
    (numbers,) = RobustnessMetric().compute_metrics([table])['cells']
    sums = person_sums(table)
    found = describe_intervals(sums, [cell])['overall']
    assert numbers['r'] is found['r'] is None
    drawn = draws_of(sums, 'ruc_area', [cell], np.ones((1, SAMPLES)))
    assert drawn[0] == pytest.approx(numbers['ruc_area'])
    assert found['ruc_area'] is not None


def test_the_percentiles_of_many_persons_are_scipys_paired_bootstrap():
    sums, pictures = skewed(np.random.default_rng(1), 300, 1)
    theirs = stats.bootstrap(
        (sums[:, 0], pictures[:, 0]),
        lambda total, count, axis: total.sum(axis) / count.sum(axis),
        method='percentile',
        paired=True,
        n_resamples=4000,
        random_state=0,
    )
    weights = person_weights(300, 4000)
    ours = interval(((weights @ sums) / (weights @ pictures))[:, 0], 300)
    width = ours[1] - ours[0]
    np.testing.assert_allclose(ours, theirs.confidence_interval, atol=0.06 * width)


def test_95_percent_intervals_are_right_93_to_97_times_in_100():
    # 1,500 data sets of 100 persons. An exact interval's share of hits has the standard deviation
    # sqrt(0.95 * 0.05 / 1500) = 0.56 points, so 2 points are 3.5 of them. All data sets share the
    # draws, which are independent of the data.
    generator = np.random.default_rng(2)
    persons, repeats = 100, 1500
    sums, pictures = skewed(generator, persons, repeats)
    weights = person_weights(persons, 1000)
    draws = (weights @ sums) / (weights @ pictures)
    found = np.array([interval(column, persons) for column in draws.T])
    right = ((found[:, 0] <= 30) & (found[:, 1] >= 30)).mean()
    assert 0.93 <= right <= 0.97


def test_runs_are_paired_by_person_and_persons_must_be_the_same():
    sums, pictures = skewed(np.random.default_rng(3), 60, 1)
    cell = Cell('snow', 1)

    def run(values, names=range(60)):
        names = np.array([f'{name:03d}' for name in names])
        place = {'kind': np.array([cell.kind]), 'severity': np.array([cell.severity])}
        return {'person': names, **place, 'sum_r': values, 'count_r': pictures}

    one, other = run(sums), run(sums + 2 * pictures)
    difference = paired_interval(one, other, 'r', [cell])
    np.testing.assert_allclose(difference, (2, 2))
    assert verdict(difference) == 'higher'
    assert paired_interval(one, run(sums, range(1, 61)), 'r', [cell]) is None
    assert verdict(paired_interval(other, one, 'r', [cell])) == 'lower'
    # A file of an earlier version has fewer sums.
    assert paired_interval(one, {'person': other['person']}, 'r', [cell]) is None
    assert [verdict((-1, 1)), verdict(None)] == ['undecided'] * 2


def test_models_that_find_nobody_on_other_pictures_are_of_the_same_persons():
    tables = make_table((0, 2, 3, 4, 5)), make_table((0, 1, 2, 3, 5))
    one, other = map(person_sums, tables)
    assert len(one['person']) == SAMPLES
    assert paired_interval(one, other, 'r', tables[0].cells) is not None


def test_the_person_is_read_from_the_labels_of_the_pictures(tmp_path):
    images = [{'id': 1, 'person': 7}, {'id': 2}]
    (tmp_path / 'labels.json').write_text(json.dumps({'images': images}))
    (tmp_path / 'boxes.json').write_text('[]')
    one = SimpleNamespace(ann_file=tmp_path / 'labels.json', bbox_file=str(tmp_path / 'boxes.json'))
    assert persons_of(one, ['1', '2', '1']) == ['7', 'picture 2', '7']
    other = SimpleNamespace(ann_file=str(tmp_path / 'absent.mat'))
    assert persons_of(other, ['1']) == ['picture 1']
    # Ids of pictures are equal in several data sets.
    both = SimpleNamespace(datasets=[one, other], lens=[2, 1])
    assert persons_of(both, ['1', '2', '1']) == ['0/7', '0/picture 2', '1/picture 1']
