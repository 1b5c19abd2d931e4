"""Which results may stand side by side, their page, and the command that compares."""

import base64
import copy
import re

import numpy as np
import pytest
from made_results import CELLS, lose_persons, make_content, write_run
from markupsafe import escape

from mmpose_stable.cli import compare
from mmpose_stable.robustness import ResultFileError
from mmpose_stable.robustness.report import Run, align, load_run, load_runs
from mmpose_stable.robustness.selection import Cell

HOSTILE = '<img src=x onerror=alert(1)>&"\''


def aligned(*contents):
    return align([Run(f'run {at}', content) for at, content in enumerate(contents)])


def test_only_common_cells_are_compared_and_means_are_taken_over_these():
    one, other = make_content(seed=1)[0], make_content(seed=2)[0]
    runs, notes = aligned(one, other)
    assert ([run.content for run in runs], notes) == ([one, other], [])
    some = [Cell('saturate', 5), Cell('frost', 3), Cell('frost', 4)]
    runs, notes = aligned(one, make_content(some, seed=2)[0])
    for run in runs:
        assert list(run.cells) == [Cell('frost', 3), Cell('saturate', 5)]
        naive = np.mean([cell['r'] for cell in run.cells.values()])
        assert run.content['summary']['overall']['r'] == pytest.approx(naive, rel=1e-12)
    assert 'brightness 1/3/5' in notes[0]
    assert notes[1].startswith('Left out of run 1, as not all runs have it: frost 4')
    with pytest.raises(ValueError, match='share no kind'):
        aligned(make_content(CELLS[:2])[0], make_content(CELLS[3:5])[0])


@pytest.mark.parametrize(
    ('part', 'key', 'value', 'words'),
    [
        ('settings', 'count_unlabelled', True, None),
        ('dataset', 'name', 'another', None),
        ('hashes', 'annotations', 'f00d', None),
        ('settings', 'perturb_at', 'image', 'perturbed at'),
        ('settings', 'seed', 4, 'seed'),
        ('settings', 'bfloat16', True, '--fast'),
        ('model', 'input_size', [128, 128], 'R box'),
        ('model', 'heatmap_size', [12, 8], 'run 0: [16, 16], run 1: [12, 8]'),
    ],
)
def test_differences_are_said_or_refused_where_numbers_mean_another_thing(part, key, value, words):
    content, _ = make_content()
    other = copy.deepcopy(content)
    other[part][key] = value
    if words is None:
        with pytest.raises(ValueError, match=rf'{part}\.{key}'):
            aligned(content, other)
        return
    _, (note,) = aligned(content, other)
    assert words in note
    assert str(value) in note


def test_models_that_find_persons_do_not_stand_beside_models_that_get_boxes():
    content, finder = make_content()[0], make_content()[0]
    lose_persons(finder)
    with pytest.raises(ValueError, match='one finds the persons itself'):
        aligned(content, finder)


@pytest.mark.parametrize('name', ['robustness.json', 'examples.npz', 'persons.npz'])
def test_files_that_are_cut_off_or_of_another_run_are_refused_by_name(tmp_path, name):
    one, other = write_run(tmp_path / 'a', seed=1), write_run(tmp_path / 'b', seed=2)
    path = one / name
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ResultFileError, match=str(path)):
        load_run(one)
    path.write_bytes((other / name).read_bytes())
    with pytest.raises(ResultFileError, match='another run'):
        load_run(one)


def test_names_default_to_the_models_are_made_unique_and_wrong_ones_are_refused(tmp_path):
    folders = ('a', 1), ('b', 1), ('c', 2)
    paths = [write_run(tmp_path / name, seed=seed, examples=0) for name, seed in folders]
    assert [run.name for run in load_runs(paths)] == ['model_1 #1', 'model_1 #2', 'model_2']
    assert [run.name for run in load_runs(paths, ['x', 'y', 'z'])] == ['x', 'y', 'z']
    for names in (['x'], ['x', 'x', 'y'], ['x', '', 'y']):
        with pytest.raises(ValueError, match='--names'):
            load_runs(paths, names)


def test_a_page_shows_every_figure_holds_no_hostile_name_and_needs_nothing_but_itself(tmp_path):
    one = write_run(tmp_path / 'one', seed=1)
    other = write_run(tmp_path / 'other', seed=2, maps=False, cells=CELLS[:7])
    names = f'plain,{HOSTILE}'
    compare.main([str(one), str(other), '--out', str(tmp_path), '--names', names])
    html = (tmp_path / 'report.html').read_text()
    assert 'saturate 3/5' in html  # which one run has not
    assert HOSTILE not in html
    # In the table of every kind and severity: clean, the common cells, and the mean.
    table = html[html.index('<summary>Every kind and severity') :]
    assert table.count(str(escape(HOSTILE))) == 1 + 7 + 1
    links = re.findall(r'(?:src|href|srcset)="([^"]*)', html.replace(str(escape(HOSTILE)), ''))
    pngs = [link.split()[0].split('base64,')[1] for link in links if 'base64' in link]
    files = [path.read_bytes() for path in tmp_path.glob('figures/*.png')]
    assert len(files) == 4
    assert {base64.b64decode(png) for png in pngs} == set(files)
    assert all(link.startswith('data:') for link in links)
    assert not re.search(r'url\(|@import|https?:', html)


def test_the_command_prints_a_table_and_refuses_by_name(tmp_path, capsys):
    damaged, out = tmp_path / 'robustness.json', tmp_path / 'out'
    damaged.write_text('{')
    one, other = (write_run(tmp_path / f'{at}', seed=at, examples=0) for at in (1, 3))
    with pytest.raises(ValueError, match=str(damaged)):
        compare.main([str(one), str(damaged), '--out', str(out)])
    assert not out.exists()
    with pytest.raises(SystemExit):
        compare.main([str(one), '--out', str(out)])
    assert 'at least two' in capsys.readouterr().err
    compare.main([str(one), str(other), '--out', str(out)])
    printed = capsys.readouterr().out.splitlines()
    assert 'do not tell model_3 and model_1 apart' in printed[-2]
    assert printed[-1] == str(out / 'report.html')
