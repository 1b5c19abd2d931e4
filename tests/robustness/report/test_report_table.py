"""Summaries of several runs, and the table of the terminal."""

from dataclasses import replace

import numpy as np
import pytest
from made_results import KINDS, make_content

from mmpose_stable.robustness.measures import (
    MEASURES,
    better_end,
    measures_of,
    own_measures,
)
from mmpose_stable.robustness.report import Run, format_comparison
from mmpose_stable.robustness.report.summary import kind_rows, summary_rows


@pytest.fixture
def two_runs():
    """A stable and an unstable model."""
    return [
        Run('stable', make_content(seed=1, scale=0.5)[0]),
        Run('unstable', make_content(seed=2, scale=3.0)[0]),
    ]


def rows_by_title(runs):
    return {row.title: row for row in summary_rows(runs)}


def test_means_equal_naive_means_over_cells(two_runs):
    rows = rows_by_title(two_runs)
    for at, run in enumerate(two_runs):
        naive = np.mean([cell['r'] for cell in run.content['cells']])
        assert rows['R (px²)'].shown[at] == f'{naive:.2f}'
        naive = np.mean([cell['metrics']['PCK'] for cell in run.content['cells']])
        assert rows['PCK (data set), mPC'].shown[at] == f'{naive:.4f}'


def test_the_best_run_follows_the_direction_of_the_measure(two_runs):
    rows = rows_by_title(two_runs)
    assert rows['R (px²)'].best == {0}
    assert rows['RUC area'].best == {0}
    assert rows_by_title(two_runs[::-1])['R (px²)'].best == {1}


def test_no_run_is_best_where_the_direction_is_unknown_or_there_is_one_run(two_runs):
    for run in two_runs:
        for cell in [run.content['clean'], *run.content['cells']]:
            cell['metrics']['smoothness'] = cell['metrics']['PCK'] * run.content['clean']['auc']
        run.content['summary']['performance']['smoothness'] = {'clean': 1.0, 'mPC': 0.5, 'rPC': 0.5}
    assert rows_by_title(two_runs)['smoothness (data set), clean'].best == frozenset()
    assert all(row.best == frozenset() for row in summary_rows(two_runs[:1]))


@pytest.mark.parametrize(
    ('name', 'better'),
    [
        ('coco/AP', 'higher'),
        ('coco/AP .5', 'higher'),
        ('coco/AR (M)', 'higher'),
        ('torso/Head PCK', 'higher'),
        ('PCKh@0.1', 'higher'),
        ('AUC', 'higher'),
        ('EPE', 'lower'),
        ('NME', 'lower'),
        ('smoothness', ''),
        ('shape', ''),
    ],
)
def test_the_better_end_of_mmposes_metrics_is_known(name, better):
    assert better_end(name) == better


def test_errors_are_marked_as_better_lower():
    rows = {row.title for row in summary_rows([Run('one', make_content()[0])])}
    assert {'NME (data set), rPC (lower is better)', 'PCK (data set), rPC'} <= rows


def test_no_run_is_best_where_all_read_the_same(two_runs):
    twins = [two_runs[0], replace(two_runs[0], name='twin')]
    assert all(row.best == frozenset() for row in summary_rows(twins))


def test_maps_of_different_sizes_have_no_best():
    run = Run('one', make_content()[0])
    other, _ = make_content(seed=3)
    smaller = {**other, 'model': {**other['model'], 'heatmap_size': [8, 8]}}
    title = 'D_n (heatmap px²), perturbed'
    assert rows_by_title([run, Run('other', other)])[title].best
    assert not rows_by_title([run, Run('other', smaller)])[title].best


def test_models_without_heatmaps_show_no_measure_of_heatmaps():
    content, _ = make_content(maps=False)
    assert not [measure for measure in measures_of([content]) if measure.of_maps]
    assert not [row for row in summary_rows([Run('x', content)]) if 'certified' in row.title]


def test_one_model_without_heatmaps_gets_a_dash_beside_one_with():
    runs = [Run('with', make_content()[0]), Run('without', make_content(maps=False)[0])]
    rows = rows_by_title(runs)
    assert rows['peaks moved'].shown[1] == '–'
    assert rows['certified, yet moved'].shown == ('0', '–')


def test_metrics_that_only_one_result_has_are_not_compared():
    one, other = make_content()[0], make_content(seed=1)[0]
    for cell in (other['clean'], *other['cells']):
        del cell['metrics']['NME']
    assert [measure.entry for measure in own_measures([one, other])] == ['PCK']


def test_every_declared_measure_is_an_entry_of_a_cell():
    content, _ = make_content()
    assert all(measure.entry in content['cells'][0] for measure in MEASURES)


def test_the_table_has_a_column_a_run_and_a_line_a_kind(two_runs):
    text = format_comparison(two_runs, ['Something to know.'])
    lines = text.splitlines()
    assert lines[0] == 'Note: Something to know.'
    assert lines[1].split() == ['stable', 'unstable']
    for kind, row in zip(KINDS, kind_rows(two_runs, MEASURES[0]), strict=True):
        line = next(line for line in lines if line.startswith(f'R (px²), {kind} '))
        assert [float(word) for word in line.split()[3:] if word != '*'] == [
            float(text) for text in row.shown
        ]
        assert line.split()[4] == '*'
    assert len({line.rfind('*') for line in lines if line.startswith('R (px²), ')}) == 1


def test_empty_maps_are_a_row_where_there_are_any(two_runs):
    assert not any('empty maps' in title for title in rows_by_title(two_runs))
    for cell in two_runs[1].content['cells']:
        cell['empty_share'] = 0.1
    assert rows_by_title(two_runs)['empty maps, perturbed'].shown == ('0.0%', '10.0%')


@pytest.mark.parametrize(
    ('entry', 'value', 'reason'),
    [('variety', 0.01, 'predicts nearly the same'), ('auc_box', 0.0, 'much less accurate')],
)
def test_a_collapsed_model_is_warned_of_first_and_not_marked_best(two_runs, entry, value, reason):
    assert 'Warning' not in format_comparison(two_runs)
    two_runs[0].content['clean'][entry] = value
    lines = format_comparison(two_runs, ['a note']).splitlines()
    assert lines[0].startswith('Warning: stable ')
    assert reason in lines[0]
    assert rows_by_title(two_runs)['R (px²)'].best == frozenset()
