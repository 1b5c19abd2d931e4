"""Summaries of several runs, what they recommend, the table of the terminal and the CSV file."""

import csv
import html
import re
from dataclasses import replace

import numpy as np
import pytest
from made_results import KINDS, lose_persons, make_content, person_sums

from mmpose_stable.robustness.measures import MEASURES, better_end, measures_of, own_measures
from mmpose_stable.robustness.report import Run, format_comparison, format_results, write_csv
from mmpose_stable.robustness.report.table import headline_rows, summary_rows
from mmpose_stable.robustness.report.verdicts import differences, jump_share, recommend
from mmpose_stable.robustness.report.write import render_runs


def a_run(name, **settings):
    content, predictions = make_content(**settings)
    return Run(name, content, None, person_sums(predictions))


@pytest.fixture
def two_runs():
    """A stable and an unstable model that are equally accurate on clean pictures."""
    return [a_run('stable', seed=1, scale=0.5), a_run('unstable', seed=2, scale=3.0)]


def rows_by_title(runs):
    return {title.text: entries for title, *entries in summary_rows(runs)}


def best(entries):
    return {at for at, entry in enumerate(entries) if entry.best}


def shown(entries):
    return [entry.text for entry in entries]


def test_means_equal_naive_means_over_cells(two_runs):
    rows = rows_by_title(two_runs)
    for at, run in enumerate(two_runs):
        r = rows['R (px²)'][at]
        naive = np.mean([cell['r'] for cell in run.content['cells']])
        assert r.text == f'{naive:.2f}'
        low, high = run.content['intervals']['overall']['r']
        assert r.below == f'[{low:.2f}, {high:.2f}], √ {np.sqrt(naive):.1f} px'
        naive = np.mean([cell['metrics']['PCK'] for cell in run.content['cells']])
        assert rows['PCK (data set), mPC'][at].text == f'{naive:.4f}'


def test_the_best_run_follows_the_direction_of_the_measure_where_it_has_one(two_runs):
    for run in two_runs:
        for cell in [run.content['clean'], *run.content['cells']]:
            cell['metrics']['smoothness'] = cell['metrics']['PCK'] * run.content['clean']['auc']
        run.content['summary']['performance']['smoothness'] = {'clean': 1.0, 'mPC': 0.5, 'rPC': 0.5}
    rows = rows_by_title(two_runs)
    assert best(rows['R (px²)']) == best(rows['RUC area']) == {0}
    assert best(rows_by_title(two_runs[::-1])['R (px²)']) == {1}
    assert not best(rows['smoothness (data set), clean'])
    for runs in (two_runs[:1], [two_runs[0], replace(two_runs[0], name='twin')]):
        assert not any(map(best, rows_by_title(runs).values()))
    named = {
        'higher': ['coco/AP', 'coco/AR (M)', 'torso/Head PCK', 'PCKh@0.1', 'AUC'],
        'lower': ['EPE', 'NME'],
        '': ['smoothness', 'shape'],
    }
    assert all(better_end(name) == end for end, names in named.items() for name in names)
    smaller = a_run('small', seed=3)
    title = 'D_n (heatmap px²), perturbed'
    assert best(rows_by_title([two_runs[0], smaller])[title])
    smaller.content['model']['heatmap_size'] = [8, 8]
    assert not best(rows_by_title([two_runs[0], smaller])[title])


def test_only_what_results_have_is_shown():
    one, other = a_run('with'), a_run('without', maps=False)
    content = other.content
    assert not [measure for measure in measures_of([content]) if measure.of_maps]
    rows = rows_by_title([one, other])
    assert shown(rows['peaks moved'])[1] == '–'
    assert not [title for title in rows if 'yet moved' in title or 'empty maps' in title]
    for cell in (content['clean'], *content['cells']):
        del cell['metrics']['NME']
        cell['empty_share'] = 0.1
    assert [m.entry for m in own_measures([one.content, content])] == ['PCK']
    assert shown(rows_by_title([one, other])['empty maps, perturbed']) == ['0.0%', '10.0%']
    assert all(measure.entry in content['cells'][0] for measure in MEASURES)


def test_six_rows_stand_first_and_only_one_of_several_aucs_is_among_them(two_runs):
    titles = [title.text for title, *_ in headline_rows(two_runs)]
    first = ['R (px²)', 'R box (box²)', 'RUC area', 'unmoved']
    assert titles == [*first, 'PCK (data set), clean', 'PCK (data set), mPC']
    for run in two_runs:
        for cell in (run.content['clean'], *run.content['cells']):
            cell['metrics'] = {}
    own = [title.text for title, *_ in headline_rows(two_runs)]
    auc = 'AUC in shares of the box'
    assert own == [*first, f'{auc}, clean', f'{auc}, perturbed']


def test_the_table_of_a_run_has_a_line_for_clean_each_kind_and_the_mean(two_runs):
    (run, _), severe = two_runs, two_runs[0].content['settings']['severities']
    lines = format_results(run).splitlines()
    assert lines[0].startswith(f'stable on invented: 6 samples, severities {severe}')
    assert [line.split()[0] for line in lines[3:8]] == ['clean', *KINDS, 'mean']
    assert (lines[1].split()[-1], lines[3].split()[-1]) == ('PCK', '0.9000')
    r = run.content['summary']['kinds']['frost']['r']
    assert lines[5].split()[1:4] == [f'{np.sqrt(r):.1f}', 'px', f'{r:.2f}']
    assert 'empty maps' not in lines[1]
    assert 'Intervals of 6 persons are too narrow' in '\n'.join(lines[8:])
    run.content['cells'][0]['empty_share'] = 0.25
    assert 'empty maps' in format_results(run).splitlines()[1]


def test_the_table_has_the_headline_the_differences_and_what_to_take(two_runs):
    text = format_comparison(two_runs, ['Something to know.'])
    lines = text.splitlines()
    assert lines[0] == 'Note: Something to know.'
    assert lines[2].split() == ['stable', 'unstable']
    (line,) = [line for line in lines if line.startswith('R (px²) ')]
    assert all(f'{e.text} {e.below}' in line for e in rows_by_title(two_runs)['R (px²)'])
    assert line.count('*') == 1
    (moved,) = [line for line in lines if line.startswith('unstable: R ')]
    assert moved.split()[-1] == 'higher'
    assert lines[-1].startswith('Take stable rather than unstable: it moves less. Which one')


def test_differences_are_the_other_run_less_the_first_with_their_sign(two_runs):
    r, ruc, auc, _ = [found for _, found in differences(two_runs)]
    means = [run.content['summary']['overall']['r'] for run in two_runs]
    assert r.shown == f'{means[1] - means[0]:+.2f} px²'
    assert r.interval[0] < means[1] - means[0] < r.interval[1]
    assert r.range.startswith('[+')
    assert (r.verdict, ruc.verdict, auc.verdict) == ('higher', 'lower', 'undecided')
    assert ruc.range.startswith('[−')
    # Runs of unequal inputs are compared in shares of the box.
    two_runs[1].content['model']['input_size'] = [128, 128]
    assert [found.title for _, found in differences(two_runs)][:2] == ['R box', 'RUC box area']
    assert '√R box' in recommend(two_runs)[0]


def moved_from_labels(run, by):
    """Return a run that is as stable but less accurate."""
    sums = {**run.sums.sums, 'auc_box': run.sums.sums['auc_box'] - by * run.sums.counts['auc_box']}
    clean = {**run.content['clean'], 'auc_box': run.content['clean']['auc_box'] - by}
    content = {**run.content, 'clean': clean}
    return replace(run, content=content, sums=replace(run.sums, sums=sums))


def test_what_is_recommended_follows_what_is_decided(two_runs):
    stable, unstable = two_runs
    worse = moved_from_labels(stable, 0.1)
    for runs, words in (
        ([worse, unstable], 'Take stable where shaking hurts'),
        ([moved_from_labels(unstable, 0.1), stable], 'it moves less and is more accurate'),
        ([stable, replace(worse, name='worse')], 'Take stable rather than worse: it is more acc'),
        ([stable, replace(stable, name='twin')], 'do not tell stable and twin apart'),
        ([stable, replace(unstable, sums=None)], 'How sure that is cannot be said'),
        ([stable, replace(stable, name='twin', sums=None)], 'stable moves as far as twin'),
    ):
        (said,) = recommend(runs)
        assert words in said


def text(run):
    """The answers of a run's page."""
    figures = dict.fromkeys(('lost_by_kind', 'movement_by_kind', 'ruc', 'r_table'), b'')
    page = html.unescape(render_runs([run], [], figures))
    return re.sub('<[^>]*>', '', page[page.index('<h2>') : page.index('<figure')])


def test_the_answers_say_the_worst_kind_and_what_to_do(two_runs):
    stable, unstable = two_runs
    for cell in stable.content['cells']:
        cell['ruc_box'] = [1.0] * 31
    assert jump_share(stable) == 0
    curve = [cell['ruc_box'][10] for cell in unstable.content['cells']]
    assert jump_share(unstable) == pytest.approx(1 - np.mean(curve))
    for run, words in ((stable, 'Nothing for these'), (unstable, 'Run mmpose-stable stabilize')):
        root = np.sqrt(np.mean([cell['r'] for cell in run.content['cells']]))
        worst = max(KINDS, key=lambda kind: run.content['summary']['kinds'][kind]['r'])
        for said in (f'keypoint by {root:.1f} px [', f'Worst: {worst} (', words):
            assert said in text(run)
    unstable.content['clean']['auc_box'] = 0.05
    assert 'Train it first' in text(unstable)


def test_a_model_that_finds_persons_is_told_what_it_loses_and_no_command_that_refuses_it(two_runs):
    _, run = two_runs
    lose_persons(run.content)
    assert 'and 10.0% of those found on it are new.' in text(run)
    for cell in run.content['cells']:
        if cell['kind'] == 'frost':
            # Nobody is found again, so nothing is known to have moved.
            cell |= {'lost_share': 1.0, 'new_share': None, 'r': None, 'ruc_area': 0.0}
    said = text(run)
    assert 'loses 50.0% of the persons of the clean one.' in said
    assert 'How far it moves the others is unknown' in said
    assert 'Worst: frost (100.0% lost), ' in said
    assert 'RandomPerturbation' in said
    assert not {'stabilize', 'jitter'} & {*re.findall('[a-z]+', said)}
    run.content['intervals']['persons'] = 3
    assert 'need 5 persons or more, here: 3' in text(run)


def test_who_loses_persons_is_not_recommended_for_moving_the_rest_less(two_runs):
    stable, unstable = two_runs
    for run in two_runs:
        lose_persons(run.content)
    sums = {**stable.sums.sums, 'ruc_area': 0.5 * unstable.sums.sums['ruc_area']}
    for cell, other in zip(stable.content['cells'], unstable.content['cells'], strict=True):
        cell['ruc_area'] = 0.5 * other['ruc_area']
    stable = replace(stable, sums=replace(stable.sums, sums=sums))
    (said,) = recommend([stable, unstable])
    assert said.startswith('Take unstable rather than stable: it moves less')
    assert 'RUC area' in said


@pytest.mark.parametrize(
    ('entry', 'value', 'reason'),
    [('variety', 0.01, 'predicts nearly the same'), ('auc_box', 0.0, 'much less accurate')],
)
def test_a_collapsed_model_is_warned_of_first_and_not_recommended(two_runs, entry, value, reason):
    assert 'Warning' not in format_comparison(two_runs)
    two_runs[0].content['clean'][entry] = value
    lines = format_comparison(two_runs, ['a note']).splitlines()
    assert lines[0].startswith('Warning: stable ')
    assert reason in lines[0]
    assert not best(rows_by_title(two_runs)['R (px²)'])
    assert recommend(two_runs)[0] == 'Do not take stable.'


def test_the_csv_file_has_a_line_a_run_with_intervals(two_runs, tmp_path):
    write_csv(tmp_path / 'board.csv', two_runs)
    with open(tmp_path / 'board.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['model'] for row in rows] == ['stable', 'unstable']
    for row, run in zip(rows, two_runs, strict=True):
        r = run.content['summary']['overall']['r']
        assert float(row['r_px2']) == pytest.approx(r)
        assert float(row['root_r_px']) == pytest.approx(np.sqrt(r))
        assert float(row['r_px2_low']) < r < float(row['r_px2_high'])
        assert row['lost_share'] == row['new_share'] == ''
        assert (row['metric'], row['kinds'].split()) == ('PCK', list(KINDS))
