"""robustness.json and its text table."""

import numpy as np
import pytest
from random_tables import make_table

from mmpose_stable.robustness import ResultFileError, RobustnessMetric, load_results
from mmpose_stable.robustness.report import Run
from mmpose_stable.robustness.report.summary import summary_rows
from mmpose_stable.robustness.results import logged_metrics, summarise, write_results
from mmpose_stable.robustness.terminal import format_results


@pytest.fixture
def content():
    """A result with two cells of one kind, PCK 0.8 clean, 0.6 and 0.2 perturbed."""
    metric = RobustnessMetric()
    metric.process(None, [make_table()])
    numbers = metric.evaluate(3)
    clean, cells = numbers['clean'], numbers['cells']
    for cell, pck in zip([clean, *cells], (0.8, 0.6, 0.2), strict=True):
        cell['metrics'] = {'PCK': pck, 'EPE': None}
    return {
        'fingerprint': 'mark',
        'settings': {'severities': [1, 5], 'perturb_at': 'crop', 'count_unlabelled': False},
        'model': {'name': 'tiny', 'heatmaps': True, 'heatmap_size': [16, 16]},
        'dataset': {'name': 'few', 'samples': 3},
        'hashes': {},
        'versions': {},
        'units': {},
        'clean': clean,
        'cells': cells,
        'summary': summarise(clean, cells),
    }


def test_the_summary_weighs_every_cell_the_same(content):
    first, second = content['cells']
    summary = content['summary']
    assert summary['overall']['r'] == pytest.approx((first['r'] + second['r']) / 2)
    assert summary['kinds'] == {'snow': summary['overall']}
    assert summary['performance']['PCK'] == pytest.approx({'clean': 0.8, 'mPC': 0.4, 'rPC': 0.5})
    assert summary['performance']['EPE'] == {'clean': None, 'mPC': None, 'rPC': None}


def test_a_number_that_one_cell_lacks_has_no_mean(content):
    content['cells'][1]['gap'] = None
    assert summarise(content['clean'], content['cells'])['overall']['gap'] is None


def test_the_logged_means_are_finite_numbers_under_short_names(content):
    logged = logged_metrics(content)
    assert logged['robustness/R'] == content['summary']['overall']['r']
    assert logged['robustness/mPC PCK'] == pytest.approx(0.4)
    assert logged['PCK'] == 0.8
    assert 'EPE' not in logged
    assert all(isinstance(value, float) for value in logged.values())


def test_a_result_comes_back_from_its_file_or_its_folder(content, tmp_path):
    write_results(tmp_path / 'robustness.json', content)
    back = load_results(tmp_path)
    assert back == load_results(tmp_path / 'robustness.json')
    assert back['cells'] == content['cells']


def test_a_file_of_another_kind_is_refused_by_name(tmp_path):
    path = tmp_path / 'robustness.json'
    path.write_text('{"schema": "other/1"}')
    with pytest.raises(ResultFileError, match=r"robustness\.json.*expected schema .*got 'other/1'"):
        load_results(path)


def test_the_table_has_a_line_for_clean_each_kind_and_the_mean(content):
    lines = format_results(content).splitlines()
    assert lines[0].startswith('tiny on few: 3 samples, severities [1, 5]')
    assert lines[1].split()[-1] == 'PCK'
    assert [line.split()[0] for line in lines[3:6]] == ['clean', 'snow', 'mean']
    assert lines[3].split()[-1] == '0.8000'
    r = content['summary']['kinds']['snow']['r']
    assert lines[4].split()[1:3] == [f'{np.sqrt(r):.1f}', f'{r:.2f}']
    assert lines[5].split()[-1] == '0.4000'
    assert 'PCK: clean 0.8000, mPC 0.4000, rPC 50.0%' in lines
    assert 'positive value' not in '\n'.join(lines)
    assert 'EPE: clean –, mPC –, rPC –' in lines


def test_intervals_stand_below_the_table_and_few_persons_are_said(content):
    overall = {'r': (1.0, 2.5), 'ruc_area': None, 'auc_box': (0.1, 0.25)}
    content['intervals'] = {'level': 0.95, 'persons': 9, 'overall': overall}
    text = format_results(content)
    assert '95% intervals over 9 persons: R (px²)' in text
    assert '[1.00, 2.50]; AUC in shares of the box' in text
    assert 'Intervals of 9 persons are too narrow' in text


def test_each_kind_has_the_means_of_its_own_cells_and_logs_keep_the_measures_apart():
    table = make_table()
    table.kind = np.array(['clean', 'snow', 'frost'])
    metric = RobustnessMetric()
    metric.process(None, [table])
    numbers = metric.evaluate(3)
    for cell in (numbers['clean'], *numbers['cells']):
        cell['metrics'] = {}
    summary = summarise(numbers['clean'], numbers['cells'])
    assert numbers['cells'][0]['r'] != numbers['cells'][1]['r']
    for cell in numbers['cells']:
        assert summary['kinds'][cell['kind']]['r'] == pytest.approx(cell['r'])
    logged = logged_metrics({'summary': summary, 'clean': numbers['clean']})
    assert logged['robustness/D_n'] == summary['overall']['spread']
    assert logged['robustness/D12'] == summary['overall']['gap']


def test_the_prefix_of_the_metric_stands_before_the_measures_of_robustness(content):
    logged, renamed = logged_metrics(content), logged_metrics(content, 'mine')
    assert renamed['mine/R'] == logged['robustness/R']
    assert renamed['mine/mPC PCK'] == logged['robustness/mPC PCK']
    assert renamed['PCK'] == logged['PCK']
    assert not any(name.startswith('robustness/') for name in renamed)


def test_the_table_says_where_maps_are_empty(content):
    content['clean']['empty_share'] = 0.0
    content['summary']['overall']['empty_share'] = 0.25
    lines = format_results(content).splitlines()
    (said,) = [line for line in lines if 'positive value' in line]
    assert said.startswith('0.0% of the heatmaps of clean pictures and 25.0% of perturbed')


@pytest.mark.parametrize('undefined', [-1.0, float('nan')])
def test_a_metric_that_says_it_is_undefined_is_no_score_anywhere(content, undefined):
    for cell in (content['clean'], *content['cells']):
        cell['metrics']['coco/AP (M)'] = undefined
    content['summary'] = summarise(content['clean'], content['cells'])
    nothing = {'clean': None, 'mPC': None, 'rPC': None}
    assert content['summary']['performance']['coco/AP (M)'] == nothing
    assert 'coco/AP (M)' not in logged_metrics(content)
    assert 'coco/AP (M): clean –, mPC –, rPC –' in format_results(content)
    rows = summary_rows([Run('tiny', content)])
    assert all(row.shown == ('–',) for row in rows if 'AP' in row.title)
