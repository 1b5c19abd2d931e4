"""Numbers of runs: their means, what they recommend, and the table of the terminal."""

import html
import re
from dataclasses import replace

import numpy as np
import pytest
from made_results import KINDS, lose_persons, make_content, person_sums

from mmpose_stable.robustness.measures import better_end
from mmpose_stable.robustness.report import Run, write_pages
from mmpose_stable.robustness.report import table as tables
from mmpose_stable.robustness.report.verdicts import differences, jump_share, recommend
from mmpose_stable.robustness.results import logged_metrics, summarise
from mmpose_stable.robustness.selection import Cell


def a_run(name, **settings):
    content, predictions = make_content(**settings)
    return Run(name, content, None, person_sums(predictions))


@pytest.fixture
def two_runs():
    """A stable and an unstable model that are equally accurate on clean pictures."""
    return [a_run('stable', seed=1, scale=0.5), a_run('unstable', seed=2, scale=3.0)]


def headline(runs):
    return {title.text: entries for title, *entries in tables.headline_rows(runs)}


def best(entries):
    return {at for at, entry in enumerate(entries) if entry.best}


def test_the_six_rows_of_the_headline_are_naive_means_over_cells(two_runs):
    rows = headline(two_runs)
    first = ['R (px²)', 'R box (box²)', 'RUC area', 'unmoved']
    assert [*rows] == [*first, 'PCK (data set), clean', 'PCK (data set), perturbed']
    for at, run in enumerate(two_runs):
        r = rows['R (px²)'][at]
        naive = np.mean([cell['r'] for cell in run.content['cells']])
        assert r.text == f'{naive:.2f}'
        low, high = run.content['intervals']['overall']['r']
        assert r.below == f'[{low:.2f}, {high:.2f}], √ {np.sqrt(naive):.1f} px'
        naive = np.mean([cell['metrics']['PCK'] for cell in run.content['cells']])
        assert rows['PCK (data set), perturbed'][at].text == f'{naive:.4f}'


def test_the_best_run_follows_the_direction_of_the_measure_where_it_has_one(two_runs):
    rows = headline(two_runs)
    assert best(rows['R (px²)']) == best(rows['RUC area']) == {0}
    assert best(headline(two_runs[::-1])['R (px²)']) == {1}
    assert not best(rows['unmoved'])
    for runs in (two_runs[:1], [two_runs[0], replace(two_runs[0], name='twin')]):
        assert not any(map(best, headline(runs).values()))
    for name in ('coco/AP', 'coco/AR (M)', 'torso/Head PCK', 'PCKh@0.1', 'AUC'):
        assert better_end(name) == 'higher'
    assert [*map(better_end, ('EPE', 'NME', 'smoothness', 'shape'))] == ['lower', 'lower', '', '']


def test_printed_tables_have_a_line_a_kind_the_headline_the_differences_and_what_to_take(two_runs):
    lines = tables.format_results(two_runs[0]).splitlines()
    assert lines[0].startswith('stable on invented: 6 samples, severities [1, 3, 5]')
    assert [line.split()[0] for line in lines[3:8]] == ['clean', *KINDS, 'mean']
    assert 'of 6 persons: intervals are too narrow' in '\n'.join(lines[8:])
    lines = tables.format_comparison(two_runs, ['Something to know.']).splitlines()
    assert lines[0] == 'Note: Something to know.'
    assert lines[2].split() == ['stable', 'unstable']
    assert lines[-1].startswith('Take stable rather than unstable: it moves less. Which one')


def test_differences_have_a_sign_and_are_in_shares_of_the_box_of_unequal_inputs(two_runs):
    r, ruc, auc, _ = [found for _, found in differences(two_runs)]
    means = [run.content['summary']['overall']['r'] for run in two_runs]
    assert r.shown == f'{means[1] - means[0]:+.2f} px²'
    assert r.interval[0] < means[1] - means[0] < r.interval[1]
    assert (r.verdict, ruc.verdict, auc.verdict) == ('higher', 'lower', 'undecided')
    stable, unstable = two_runs
    unstable.content['model']['input_size'] = [128, 128]
    r, ruc, *_ = [found for _, found in differences(two_runs)]
    assert [found.title for found in (r, ruc)] == ['R box', 'RUC box area']
    assert (r.verdict, ruc.verdict) == ('higher', 'lower')
    stable.content['clean']['auc_box'] = 0.0
    for cell in stable.content['cells']:
        cell['r'] *= 1000  # of a larger input, on which it moves less of the box
    assert 'moves less than unstable' in tables.format_comparison(two_runs).splitlines()[0]


def less_accurate(run, name):
    """Return a run that is as stable but less accurate."""
    lost = 0.1 * run.sums['count_auc_box']
    sums = {**run.sums, 'sum_auc_box': run.sums['sum_auc_box'] - lost}
    clean = {**run.content['clean'], 'auc_box': run.content['clean']['auc_box'] - 0.1}
    return Run(name, {**run.content, 'clean': clean}, sums=sums)


def test_what_is_recommended_follows_what_is_decided(two_runs):
    stable, unstable = two_runs
    worse = less_accurate(stable, 'worse')
    for runs, words in (
        ([worse, unstable], 'Take worse where shaking hurts'),
        ([less_accurate(unstable, 'bad'), stable], 'it moves less and is more accurate'),
        ([stable, worse], 'Take stable rather than worse: it is more accurate'),
        ([stable, replace(stable, name='twin')], 'do not tell stable and twin apart'),
        ([stable, replace(unstable, sums=None)], 'How sure that is cannot be said'),
    ):
        (said,) = recommend(runs)
        assert words in said


def answers(run, folder):
    page = html.unescape(write_pages([run], [], folder).read_text())
    return re.sub('<[^>]*>', '', page[page.index('<h1>') : page.index('<figure')])


def test_the_answers_say_the_worst_kind_and_what_to_do(two_runs, tmp_path):
    stable, unstable = two_runs
    for cell in stable.content['cells']:
        cell['ruc_box'] = [1.0] * 31
    curve = [cell['ruc_box'][10] for cell in unstable.content['cells']]
    assert jump_share(unstable) == pytest.approx(1 - np.mean(curve))
    for run, words in ((stable, 'Nothing for these'), (unstable, 'Run mmpose-stable stabilize')):
        worst = max(KINDS, key=lambda kind: run.content['summary']['kinds'][kind]['r'])
        said = answers(run, tmp_path)
        assert f'Worst: {worst} (' in said
        assert words in said
    unstable.content['clean']['auc_box'] = 0.05
    assert 'Train it first' in answers(unstable, tmp_path)


def test_a_model_that_finds_persons_is_told_what_it_loses_and_no_command(two_runs, tmp_path):
    _, run = two_runs
    lose_persons(run.content)
    for cell in run.content['cells'][3:6]:  # nobody is found again, so no movement is known
        cell |= {'lost_share': 1.0, 'r': None, 'ruc_area': 0.0}
    said = answers(run, tmp_path)
    assert 'Worst: frost (100.0% lost), ' in said
    # The command refuses such models.
    assert 'stabilize' not in said


def test_who_loses_persons_is_not_recommended_for_moving_the_rest_less(two_runs):
    stable, unstable = two_runs
    for run in two_runs:
        lose_persons(run.content)
    for cell in stable.content['cells']:
        cell['ruc_area'] = 0.1
    (said,) = recommend([replace(stable, sums=None), unstable])
    assert said.startswith('unstable does not move more than stable.')


@pytest.mark.parametrize(
    ('entry', 'value', 'reason'),
    [('variety', 0.01, 'predicts nearly the same'), ('auc_box', 0.0, 'much less accurate')],
)
def test_a_collapsed_model_is_warned_of_first_and_not_recommended(two_runs, entry, value, reason):
    assert 'Warning' not in tables.format_comparison(two_runs)
    two_runs[0].content['clean'][entry] = value
    lines = tables.format_comparison(two_runs, ['a note']).splitlines()
    assert lines[0].startswith('Warning: stable ')
    assert reason in lines[0]
    assert not best(headline(two_runs)['R (px²)'])
    assert recommend(two_runs)[0] == 'Do not take stable.'


def content_with(metrics):
    """A result of a cell of each of two kinds, with metrics of the clean pictures and of both."""
    content, _ = make_content((Cell('snow', 1), Cell('frost', 5)))
    for cell, own in zip([content['clean'], *content['cells']], metrics, strict=True):
        cell['metrics'] = own
    content['summary'] = summarise(content['clean'], content['cells'])
    return content


def test_the_summary_weighs_every_cell_the_same():
    content = content_with([{'PCK': pck, 'EPE': None} for pck in (0.8, 0.6, 0.2)])
    (first, second), summary = content['cells'], content['summary']
    assert summary['overall']['r'] == pytest.approx((first['r'] + second['r']) / 2)
    of_kinds = [summary['kinds'][kind]['r'] for kind in ('snow', 'frost')]
    assert of_kinds == pytest.approx([first['r'], second['r']])
    assert summary['performance']['PCK'] == pytest.approx({'clean': 0.8, 'mPC': 0.4, 'rPC': 0.5})
    assert summary['performance']['EPE'] == {'clean': None, 'mPC': None, 'rPC': None}
    assert logged_metrics(content)['robustness/mPC PCK'] == pytest.approx(0.4)


@pytest.mark.parametrize('undefined', [-1.0, float('nan')])
def test_a_metric_that_says_it_is_undefined_is_no_score_anywhere(undefined):
    content = content_with([{'coco/AP (M)': value} for value in (undefined, 0.5, undefined)])
    nothing = {'clean': None, 'mPC': None, 'rPC': None}
    assert content['summary']['performance']['coco/AP (M)'] == nothing
    assert 'coco/AP (M)' not in logged_metrics(content)
    rows = headline([Run('tiny', content)])
    assert {row[0].text for title, row in rows.items() if 'AP' in title} == {'–'}
