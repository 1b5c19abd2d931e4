"""Which results may stand side by side, and what is said of those that only partly fit."""

import copy

import numpy as np
import pytest
from made_results import CELLS, lose_persons, make_content, write_run

from mmpose_stable.robustness import ResultFileError
from mmpose_stable.robustness.report import Run, align, load_run, load_runs
from mmpose_stable.robustness.selection import Cell


def aligned(*contents):
    return align([Run(f'run {at}', content) for at, content in enumerate(contents)])


def test_only_common_cells_are_compared_and_means_are_taken_over_these():
    one, other = make_content(seed=1)[0], make_content(seed=2)[0]
    runs, notes = aligned(one, other)
    assert ([run.content for run in runs], notes) == ([one, other], [])
    before = copy.deepcopy(one)
    some = [Cell('saturate', 5), Cell('frost', 3), Cell('frost', 4)]
    runs, notes = aligned(one, make_content(some, seed=2)[0])
    assert one == before
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
    _, notes = aligned(content, other)
    assert len(notes) == 1
    assert words in notes[0]
    assert str(value) in notes[0]


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
    for name, seed in (('a', 1), ('b', 1), ('c', 2)):
        write_run(tmp_path / name, seed=seed, examples=0)
    paths = [tmp_path / name for name in 'abc']
    assert [run.name for run in load_runs(paths)] == ['model_1 #1', 'model_1 #2', 'model_2']
    assert [run.name for run in load_runs(paths, ['x', 'y', 'z'])] == ['x', 'y', 'z']
    for names in (['x'], ['x', 'x', 'y'], ['x', '', 'y']):
        with pytest.raises(ValueError, match='--names'):
            load_runs(paths, names)
