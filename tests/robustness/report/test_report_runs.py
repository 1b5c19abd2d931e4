"""Which results may stand side by side, and what is said of those that only partly fit."""

import copy
import json

import numpy as np
import pytest
from made_results import CELLS, lose_persons, make_content, write_run

from mmpose_stable.robustness import ResultFileError
from mmpose_stable.robustness.report import NotComparableError, Run, align, load_run, load_runs
from mmpose_stable.robustness.selection import Cell


def runs_of(*contents):
    return [Run(f'run {at}', content) for at, content in enumerate(contents)]


def changed(content, part, key, value):
    content = copy.deepcopy(content)
    content[part][key] = value
    return content


def test_equal_cells_stay_as_they_are_without_a_note():
    one, other = make_content(seed=1)[0], make_content(seed=2)[0]
    aligned, notes = align(runs_of(one, other))
    assert notes == []
    assert [run.content for run in aligned] == [one, other]


def test_only_common_cells_are_compared_and_means_are_taken_over_these():
    some = [Cell('saturate', 5), Cell('frost', 3), Cell('frost', 4)]
    one = make_content(seed=1)[0]
    before = copy.deepcopy(one)
    aligned, notes = align(runs_of(one, make_content(some, seed=2)[0]))
    assert one == before
    for run in aligned:
        assert list(run.cells) == [Cell('frost', 3), Cell('saturate', 5)]
        naive = np.mean([cell['r'] for cell in run.cells.values()])
        assert run.content['summary']['overall']['r'] == pytest.approx(naive, rel=1e-12)
    assert 'brightness 1/3/5' in notes[0]
    assert notes[1].startswith('Left out of run 1, as not all runs have it: frost 4')


def test_runs_without_a_common_cell_are_refused():
    one, other = make_content(CELLS[:2])[0], make_content(CELLS[3:5])[0]
    with pytest.raises(NotComparableError, match='share no kind'):
        align(runs_of(one, other))


@pytest.mark.parametrize(
    ('part', 'key', 'value'),
    [
        ('settings', 'max_distance', 10.0),
        ('settings', 'spread_count', 16),
        ('settings', 'count_unlabelled', True),
        ('dataset', 'name', 'another'),
        ('dataset', 'samples', 7),
        ('hashes', 'annotations', 'f00d'),
    ],
)
def test_numbers_of_different_meaning_are_refused_by_the_name_of_the_setting(part, key, value):
    content, _ = make_content()
    with pytest.raises(NotComparableError, match=rf'{part}\.{key}'):
        align(runs_of(content, changed(content, part, key, value)))


@pytest.mark.parametrize(
    ('part', 'key', 'value', 'words'),
    [
        ('settings', 'perturb_at', 'image', 'perturbed at'),
        ('settings', 'seed', 4, 'seed'),
        ('settings', 'bfloat16', True, '--fast'),
        ('model', 'input_size', [128, 128], 'R box'),
    ],
)
def test_differences_that_leave_a_comparison_possible_are_said(part, key, value, words):
    content, _ = make_content()
    _, notes = align(runs_of(content, changed(content, part, key, value)))
    assert len(notes) == 1
    assert words in notes[0]
    assert str(value) in notes[0]


def test_models_that_find_persons_do_not_stand_beside_models_that_get_boxes():
    content, _ = make_content()
    finder = copy.deepcopy(content)
    lose_persons(finder)
    for contents in ((content, finder), (finder, content)):
        with pytest.raises(NotComparableError, match=r'finds the persons itself and .* gets'):
            align(runs_of(*contents))


def test_heatmaps_of_different_sizes_are_said_unless_a_model_has_none():
    content, _ = make_content()
    _, notes = align(runs_of(content, changed(content, 'model', 'heatmap_size', [12, 8])))
    assert len(notes) == 1
    assert 'run 0: 16×16, run 1: 12×8' in notes[0]
    _, notes = align(runs_of(content, make_content(maps=False)[0]))
    assert not [note for note in notes if 'sizes' in note]


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
    (other / 'robustness.json').write_text(json.dumps({'schema': 'something/1', 'cells': []}))
    with pytest.raises(ResultFileError, match=r'robustness\.json: expected schema'):
        load_run(other)


def test_names_default_to_the_models_and_are_made_unique(tmp_path):
    for name, seed in (('a', 1), ('b', 1), ('c', 2)):
        write_run(tmp_path / name, seed=seed, examples=0)
    paths = [tmp_path / name for name in 'abc']
    assert [run.name for run in load_runs(paths)] == ['model_1 #1', 'model_1 #2', 'model_2']
    assert [run.name for run in load_runs(paths, ['x', 'y', 'z'])] == ['x', 'y', 'z']


@pytest.mark.parametrize('names', [['x'], ['x', 'x'], ['x', '']])
def test_wrong_names_are_refused(tmp_path, names):
    paths = [write_run(tmp_path / name, examples=0) for name in 'ab']
    with pytest.raises(ValueError, match='--names'):
        load_runs(paths, names)
