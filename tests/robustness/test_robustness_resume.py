"""Killed, resumed and distributed runs give the numbers of one finished run."""

import shutil
import signal
from multiprocessing import get_context
from unittest.mock import Mock

import numpy as np
import pytest
import tiny_runs
from filelock import FileLock
from mmpose.evaluation.metrics import CocoMetric
from torch.multiprocessing import start_processes

from mmpose_stable.robustness import ResultFileError, load_predictions, load_results, provenance

FEW = tiny_runs.FEW


def assert_same(folder, undisturbed):
    assert load_results(folder) == load_results(undisturbed)
    found = load_predictions(folder / 'predictions.npz').columns()
    for name, value in load_predictions(undisturbed / 'predictions.npz').columns().items():
        np.testing.assert_array_equal(found[name], value)


def chunk_files(work):
    partial = work / 'robustness' / 'partial'
    return {path.name: path.stat().st_mtime_ns for path in partial.glob('chunk_*.npz')}


def resumed(cfg, *words):
    return tiny_runs.robustness_runner(cfg, *FEW, *words, '--resume', chunk_size=2)


@pytest.mark.parametrize(('model', 'chunks'), [('msra', 1), ('dekr', 2)])
def test_a_killed_run_goes_on_where_it_stopped(tiny_data, cfg, tmp_path, finished, model, chunks):
    # A chunk is two samples in five pictures. One model passes eight and two of them at once, the
    # other passes each alone.
    samples, passes = {'msra': (7, 2), 'dekr': (5, 10)}[model]
    given = tiny_data, tmp_path, model, passes * chunks + 1, *FEW
    killed = get_context('fork').Process(target=tiny_runs.run_until_killed, args=given)
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    kept = chunk_files(tmp_path)
    assert len(kept) == chunks

    runner = resumed(cfg)
    pictures, predict = [], runner.model.test_step

    def counting(data):
        pictures.append(len(data['inputs']))
        assert {name: chunk_files(tmp_path)[name] for name in kept} == kept
        return predict(data)

    runner.model.test_step = counting
    assert runner.test() == finished(model).logged
    assert sum(pictures) == (samples - 2 * chunks) * 5
    assert_same(tmp_path / 'robustness', finished(model).folder)


def test_two_processes_give_the_same_numbers_as_one(tiny_data, tmp_path, finished):
    given = tiny_data, tmp_path, ('msra', 'dekr')
    start_processes(tiny_runs.run_beside_another, given, nprocs=2, start_method='fork')
    for model in ('msra', 'dekr'):
        assert_same(tmp_path / model / 'robustness', finished(model).folder)


@pytest.mark.parametrize(
    ('changed', 'named'),
    [
        ('seed', r'settings\.seed: 0 there, 4 here\); choose'),
        ('metrics', r'hashes\.evaluator_config: '),
        ('weights', r'hashes\.weights: '),
        ('labels', r'hashes\.annotations: .* there, None here'),
        ('this package', r'versions\.mmpose_stable: .* there, .other. here'),
    ],
)
def test_resume_refuses_the_result_of_another_run(cfg, finished, monkeypatch, changed, named):
    path = finished('msra').folder / 'robustness.json'
    cfg.work_dir = str(path.parents[1])
    if changed == 'metrics':
        cfg.test_evaluator.append({'type': 'AUC'})
    runner = resumed(cfg, *(('--perturb-seed', '4') if changed == 'seed' else ()))
    if changed == 'weights':
        runner.model.state_dict()['backbone.bn1.running_var'][0] += 1e-3
    if changed == 'labels':
        monkeypatch.setattr(provenance, 'annotation_files', lambda _: ())
    if changed == 'this package':
        monkeypatch.setattr(provenance, '__version__', 'other')
    before = path.read_bytes()
    with pytest.raises(ResultFileError, match=rf'robustness\.json is .* of another run \({named}'):
        runner.test()
    assert path.read_bytes() == before


@pytest.mark.parametrize('model', ['dekr'])
def test_what_only_reads_predictions_may_change_before_a_run_goes_on(cfg, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        failing = Mock(side_effect=AssertionError('no such keypoint'))
        patched.setattr(CocoMetric, 'compute_metrics', failing)
        with pytest.raises(AssertionError, match='no such keypoint'):
            tiny_runs.robustness_runner(cfg, *FEW, chunk_size=2).test()
    assert len(chunk_files(tmp_path)) == 3
    runner = resumed(cfg, '--person-score', '0.1')
    runner.model.test_step = None  # is not called
    runner.test()
    content = load_results(tmp_path / 'robustness')
    assert content['settings']['person_score'] == 0.1
    assert 'coco/AP' in content['clean']['metrics']


@pytest.mark.parametrize('writer', ['write_columns', 'write_json'])
def test_a_run_killed_while_it_writes_can_go_on(cfg, tmp_path, monkeypatch, writer, finished):
    shutil.copytree(finished('msra').folder, tmp_path / 'robustness')
    result = tmp_path / 'robustness' / 'robustness.json'
    words = ('--perturb-seed', '4', '--perturbations', 'saturate', '--severities', '2')
    with monkeypatch.context() as patched:
        killed = Mock(side_effect=KeyboardInterrupt)
        patched.setattr(f'mmpose_stable.robustness.loop.{writer}', killed)
        with pytest.raises(KeyboardInterrupt):
            tiny_runs.robustness_runner(cfg, *words).test()
    assert not result.exists()
    tiny_runs.robustness_runner(cfg, *words, '--resume').test()
    assert load_results(result)['settings']['seed'] == 4


def test_a_truncated_result_and_a_folder_in_use_are_refused(cfg, tmp_path, finished):
    shutil.copytree(finished('msra').folder, tmp_path / 'robustness')
    path = tmp_path / 'robustness' / 'robustness.json'
    path.write_text(path.read_text()[:-50])
    runner = resumed(cfg)
    with pytest.raises(ResultFileError, match=r'robustness\.json is cut off'):
        runner.test()
    with (
        FileLock(path.with_name('.lock')),
        pytest.raises(ValueError, match=r'another process works in .*robustness; wait'),
    ):
        runner.test()
    assert not path.with_name('partial').exists()
