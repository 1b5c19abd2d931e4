"""The page, and the command that compares."""

import base64
import re

import pytest
from made_results import CELLS, write_run
from markupsafe import escape

from mmpose_stable.cli import compare
from mmpose_stable.robustness.report import write_report

HOSTILE = '<img src=x onerror=alert(1)>&"\''


@pytest.fixture(scope='module')
def run_folder(tmp_path_factory):
    """A result with its report."""
    folder = write_run(tmp_path_factory.mktemp('run'), seed=1)
    write_report(folder)
    return folder


@pytest.fixture(scope='module')
def comparison(run_folder, tmp_path_factory):
    """A page of two runs, one of them without heatmaps and with a hostile name."""
    folder = tmp_path_factory.mktemp('comparison')
    other = write_run(folder / 'other', seed=2, maps=False, cells=CELLS[:7])
    names = f'plain,{HOSTILE}'
    compare.main([str(run_folder), str(other), '--out', str(folder), '--names', names])
    return folder


def test_the_page_shows_every_figure_and_needs_nothing_but_itself(comparison):
    html = (comparison / 'report.html').read_text()
    links = re.findall(r'(?:src|href|srcset)="([^"]*)', html.replace(str(escape(HOSTILE)), ''))
    pngs = [link.split()[0].split('base64,')[1] for link in links if 'base64' in link]
    files = [path.read_bytes() for path in comparison.glob('figures/*.png')]
    assert len(files) == 4
    assert {base64.b64decode(png) for png in pngs} == set(files)
    assert all(link.startswith('data:') for link in links)
    assert not re.search(r'url\(|@import|https?:', html)


def test_a_comparison_says_what_was_left_out_and_holds_no_hostile_name(comparison):
    html = (comparison / 'report.html').read_text()
    assert 'saturate 3/5' in html
    assert HOSTILE not in html
    # In the table of every kind and severity: clean, the common cells, and the mean.
    table = html[html.index('<summary>Every kind and severity') :]
    assert table.count(str(escape(HOSTILE))) == 1 + 7 + 1


def test_absent_pictures_are_said_and_those_of_an_earlier_run_do_not_stay(tmp_path):
    (tmp_path / 'figures').mkdir()
    (tmp_path / 'figures' / 'picture_01.png').touch()
    write_report(write_run(tmp_path, maps=False, examples=1))
    assert [path.name for path in tmp_path.glob('figures/picture_*')] == ['picture_00.png']
    page = write_report(write_run(tmp_path / 'without', examples=0)).read_text()
    assert 'Not shown: examples.npz is not beside every result' in page


def test_the_command_prints_a_table_and_refuses_by_name(run_folder, tmp_path, capsys):
    damaged = tmp_path / 'robustness.json'
    damaged.write_text('{')
    with pytest.raises(ValueError, match=str(damaged)):
        compare.main([str(run_folder), str(damaged), '--out', str(tmp_path / 'out')])
    assert not (tmp_path / 'out').exists()
    with pytest.raises(SystemExit):
        compare.main([str(run_folder), '--out', str(tmp_path / 'out')])
    assert 'at least two' in capsys.readouterr().err
    other = write_run(tmp_path / 'other', seed=3, examples=0)
    compare.main([str(run_folder), str(other), '--out', str(tmp_path / 'out')])
    printed = capsys.readouterr().out.splitlines()
    assert 'do not tell model_3 and model_1 apart' in printed[-2]
    assert printed[-1] == str(tmp_path / 'out' / 'report.html')
