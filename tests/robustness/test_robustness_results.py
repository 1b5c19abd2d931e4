"""robustness.json and what is logged of it."""

import pytest
from made_results import make_content

from mmpose_stable.robustness.report import Run
from mmpose_stable.robustness.report.table import headline_rows
from mmpose_stable.robustness.results import logged_metrics, summarise
from mmpose_stable.robustness.selection import Cell


@pytest.fixture
def content():
    """A result with a cell of each of two kinds, PCK 0.8 clean, 0.6 and 0.2 perturbed."""
    content, _ = make_content((Cell('snow', 1), Cell('frost', 5)))
    with_metrics(content, [{'PCK': pck, 'EPE': None} for pck in (0.8, 0.6, 0.2)])
    return content


def with_metrics(content, metrics):
    for cell, own in zip([content['clean'], *content['cells']], metrics, strict=True):
        cell['metrics'] = own
    content['summary'] = summarise(content['clean'], content['cells'])


def test_the_summary_weighs_every_cell_the_same(content):
    first, second = content['cells']
    summary = content['summary']
    assert summary['overall']['r'] == pytest.approx((first['r'] + second['r']) / 2)
    assert {kind: means['r'] for kind, means in summary['kinds'].items()} == pytest.approx(
        {'snow': first['r'], 'frost': second['r']}
    )
    assert summary['performance']['PCK'] == pytest.approx({'clean': 0.8, 'mPC': 0.4, 'rPC': 0.5})
    assert summary['performance']['EPE'] == {'clean': None, 'mPC': None, 'rPC': None}
    assert logged_metrics(content)['robustness/mPC PCK'] == pytest.approx(0.4)
    content['cells'][1]['gap'] = None
    assert summarise(content['clean'], content['cells'])['overall']['gap'] is None


@pytest.mark.parametrize('undefined', [-1.0, float('nan')])
def test_a_metric_that_says_it_is_undefined_is_no_score_anywhere(content, undefined):
    with_metrics(content, [{'coco/AP (M)': value} for value in (undefined, 0.5, undefined)])
    nothing = {'clean': None, 'mPC': None, 'rPC': None}
    assert content['summary']['performance']['coco/AP (M)'] == nothing
    assert 'coco/AP (M)' not in logged_metrics(content)
    rows = {title.text: entry.text for title, entry in headline_rows([Run('tiny', content)])}
    assert {text for title, text in rows.items() if 'AP' in title} == {'–'}
