"""robustness.json and its text table."""

import numpy as np
import pytest
from random_tables import make_table

from mmpose_stable.robustness import RobustnessMetric, load_results
from mmpose_stable.robustness.report import Run
from mmpose_stable.robustness.report.table import format_results, summary_rows
from mmpose_stable.robustness.results import logged_metrics, summarise, write_results


@pytest.fixture
def content():
    """A result with a cell of each of two kinds, PCK 0.8 clean, 0.6 and 0.2 perturbed."""
    table = make_table()
    table.kind = np.array(['clean', 'snow', 'frost'])
    numbers = RobustnessMetric().compute_metrics([table])
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
    assert {kind: means['r'] for kind, means in summary['kinds'].items()} == pytest.approx(
        {'snow': first['r'], 'frost': second['r']}
    )
    assert summary['performance']['PCK'] == pytest.approx({'clean': 0.8, 'mPC': 0.4, 'rPC': 0.5})
    assert summary['performance']['EPE'] == {'clean': None, 'mPC': None, 'rPC': None}
    content['cells'][1]['gap'] = None
    assert summarise(content['clean'], content['cells'])['overall']['gap'] is None


def test_the_logged_means_are_finite_numbers_under_short_names(content):
    logged = logged_metrics(content)
    assert logged['robustness/R'] == content['summary']['overall']['r']
    assert logged['robustness/D_n'] == content['summary']['overall']['spread']
    assert logged['robustness/mPC PCK'] == pytest.approx(0.4)
    assert logged['PCK'] == 0.8
    assert 'EPE' not in logged
    assert all(isinstance(value, float) for value in logged.values())
    renamed = logged_metrics(content, 'mine')
    assert (renamed['mine/R'], renamed['PCK']) == (logged['robustness/R'], logged['PCK'])


def test_a_result_comes_back_from_its_file_or_its_folder(content, tmp_path):
    write_results(tmp_path / 'robustness.json', content)
    back = load_results(tmp_path)
    assert back == load_results(tmp_path / 'robustness.json')
    assert back['cells'] == content['cells']


def test_the_table_has_a_line_for_clean_each_kind_and_the_mean_and_then_the_headline(content):
    overall = {'r': (1.0, 2.5), 'ruc_area': None, 'auc_box': (0.1, 0.25)}
    content['intervals'] = {'level': 0.95, 'persons': 9, 'overall': overall}
    lines = format_results(Run('tiny', content)).splitlines()
    assert lines[0].startswith('tiny on few: 3 samples, severities [1, 5]')
    assert lines[1].split()[-1] == 'PCK'
    assert [line.split()[0] for line in lines[3:7]] == ['clean', 'snow', 'frost', 'mean']
    assert lines[3].split()[-1] == '0.8000'
    r = content['summary']['kinds']['snow']['r']
    assert lines[4].split()[1:4] == [f'{np.sqrt(r):.1f}', 'px', f'{r:.2f}']
    assert lines[6].split()[-1] == '0.4000'
    assert 'empty maps' not in lines[1]
    text = '\n'.join(lines[7:])
    r = content['summary']['overall']['r']
    assert 'Intervals of 9 persons are too narrow' in text
    assert f'{r:.2f} [1.00, 2.50], √ {np.sqrt(r):.1f} px' in text
    content['cells'][0]['empty_share'] = 0.25
    assert 'empty maps' in format_results(Run('tiny', content)).splitlines()[1]


@pytest.mark.parametrize('undefined', [-1.0, float('nan')])
def test_a_metric_that_says_it_is_undefined_is_no_score_anywhere(content, undefined):
    for cell in (content['clean'], *content['cells']):
        cell['metrics']['coco/AP (M)'] = undefined
    content['summary'] = summarise(content['clean'], content['cells'])
    nothing = {'clean': None, 'mPC': None, 'rPC': None}
    assert content['summary']['performance']['coco/AP (M)'] == nothing
    assert 'coco/AP (M)' not in logged_metrics(content)
    rows = summary_rows([Run('tiny', content)])
    assert all(row.entries[0].text == '–' for row in rows if 'AP' in row.title)
