"""One call, the leaderboard, and the script for MMPose's own models."""

import csv
import functools
import re
import runpy
from pathlib import Path

import pytest

from mmpose_stable.cli import compare
from mmpose_stable.cli.evaluate import evaluate_robustness
from mmpose_stable.config_parts import read_config, replace_data_root
from mmpose_stable.robustness import load_results


@pytest.fixture
def evaluate(model_files, tmp_path):
    """The call, with a tiny model and the test's own folder."""
    return functools.partial(evaluate_robustness, *model_files, tmp_path)


def test_the_example_of_the_docs_runs_twice(repo, model_files, tmp_path, monkeypatch, capsys):
    page = (repo / 'docs' / 'robustness.md').read_text(encoding='utf-8')
    (code,) = (c for c in re.findall('```python\n(.*?)```', page, re.DOTALL) if 'evaluate_' in c)
    for word, path in zip(('my_config.py', 'my_checkpoint.pth'), model_files, strict=True):
        assert word in code
        code = code.replace(word, path)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    folder = tmp_path / 'work_dirs' / 'mine' / 'robustness'
    content = load_results(folder)
    assert names['run'].content['cells'] == content['cells']
    shown = capsys.readouterr().out
    assert f'{content["summary"]["overall"]["r"]:.1f}' in shown
    assert (folder / 'figures' / 'movement_by_kind.png').is_file()
    assert 'brightness' in (folder / 'report.html').read_text()
    written = (folder / 'predictions.npz').stat().st_mtime_ns
    exec(code, {})  # takes the finished run
    assert (folder / 'predictions.npz').stat().st_mtime_ns == written


def test_flags_a_seed_of_0_and_settings_reach_the_run_in_the_folder_asked_for(evaluate, tmp_path):
    settings = {'model.test_cfg.flip_test': False}
    settings |= {'test_cfg.report': False, 'test_cfg.chunk_size': 3}
    options = {'perturbations': 'brightness', 'severities': '1', 'count_unlabelled': True}
    options |= {'perturb_seed': 0, 'fast': False, 'robustness_dir': tmp_path / 'elsewhere'}
    run = evaluate(cfg_options=settings, **options)
    assert run.content == load_results(tmp_path / 'elsewhere')
    used = run.content['settings']
    assert (used['count_unlabelled'], used['chunk_size']) == (True, 3)
    assert run.content['model']['flip_test'] is False
    assert not (tmp_path / 'robustness').exists()


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ({'perturbations': 'sleet'}, 'sleet'),
        ({'perturb_at': 'noon'}, '--perturb-at'),
        ({'decoder': 'noon'}, r'`method` \(--decoder\)'),
        ({'weather': 'bad'}, 'got weather'),
    ],
)
def test_an_option_that_does_not_exist_is_an_error_and_no_exit(evaluate, option, message):
    with pytest.raises(ValueError, match=message):
        evaluate(**option)


def test_the_ten_models_are_known_and_read_the_labels_of_coco_in_the_given_folder(repo):
    script = runpy.run_path(str(repo / 'tools' / 'model_zoo.py'))
    known, labels = script['known_models'](), set()
    assert len(set(script['TEN'])) == 10
    for name in script['TEN']:
        cfg = read_config(known[name][0])
        replace_data_root(cfg, 'here')
        dataset = cfg.test_dataloader.dataset
        labels.add(Path(dataset.data_root, dataset.ann_file))
    assert labels == {Path('here/annotations/person_keypoints_val2017.json')}


def test_listed_models_make_a_leaderboard(run_tool, model_files, tiny_data, tmp_path, capsys):
    listed = tmp_path / 'models.csv'
    rows = [f'{name},{",".join(model_files)}' for name in ('one', 'two')]
    listed.write_text('\n'.join(['name,config,checkpoint', *rows]))
    words = '--debug', '--data-root', tiny_data, '--models', listed, '--out', tmp_path
    run_tool('model_zoo', *words, '--perturbations', 'brightness', '--severities', '1')
    board = tmp_path / 'leaderboard.csv'
    one, two = csv.DictReader(board.read_text().splitlines())
    assert (one['model'], two['model'], one['dataset']) == ('one', 'two', 'tiny')
    assert {**one, 'model': ''} == {**two, 'model': ''}
    r = load_results(tmp_path / 'one' / 'robustness')['summary']['overall']['r']
    assert [float(one[name]) for name in ('r_px2', 'root_r_px')] == pytest.approx([r, r**0.5])
    again = tmp_path / 'again.csv'
    compare.main([str(tmp_path / 'one' / 'robustness'), '--csv', str(again), '--names', 'one'])
    assert list(csv.DictReader(again.read_text().splitlines())) == [one]
    with pytest.raises(SystemExit):
        compare.main([str(tmp_path / 'one')])
    assert 'expected --out FOLDER' in capsys.readouterr().err
