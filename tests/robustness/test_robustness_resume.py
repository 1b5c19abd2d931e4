"""Killed, resumed and distributed runs give the numbers of one undisturbed run."""

import itertools
import shutil
import signal
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import tiny_runs
from built_models import one_thread
from filelock import FileLock
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS
from torch.multiprocessing import start_processes

from mmpose_stable.robustness import (
    ResultFileError,
    load_predictions,
    load_results,
    provenance,
)

FEW = tiny_runs.FEW


@pytest.fixture(scope='module')
def undisturbed(tiny_data, tmp_path_factory):
    """The results by one process that nobody stopped, by model."""
    work = tmp_path_factory.mktemp('undisturbed')
    for model in ('msra', 'dekr'):
        cfg = tiny_runs.tiny_config(tiny_data, work / model, model)
        with one_thread():
            tiny_runs.robustness_runner(cfg, *FEW, chunk_size=2).test()
    return {model: work / model / 'robustness' for model in ('msra', 'dekr')}


def assert_same(folder, undisturbed):
    assert load_results(folder) == load_results(undisturbed)
    found = load_predictions(folder / 'predictions.npz').columns()
    for name, value in load_predictions(undisturbed / 'predictions.npz').columns().items():
        np.testing.assert_array_equal(found[name], value)


def chunk_files(work):
    partial = work / 'robustness' / 'partial'
    return {path.name: path.stat().st_mtime_ns for path in partial.glob('chunk_*.npz')}


@pytest.mark.parametrize(('model', 'finished'), [('msra', 1), ('dekr', 2)])
def test_a_killed_run_goes_on_where_it_stopped_and_ends_with_the_same_numbers(
    tiny_data, tmp_path, undisturbed, one_thread, model, finished
):
    # A chunk is two samples in five pictures. One model passes eight and two of them at once, the
    # other passes each alone.
    samples, passes = {'msra': (7, 2), 'dekr': (5, 10)}[model]
    killed = get_context('fork').Process(
        target=tiny_runs.run_until_killed,
        args=(tiny_data, tmp_path, model, passes * finished + 1, *FEW),
    )
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    kept = chunk_files(tmp_path)
    assert len(kept) == finished

    cfg = tiny_runs.tiny_config(tiny_data, tmp_path, model)
    runner = tiny_runs.robustness_runner(cfg, *FEW, '--resume', chunk_size=2)
    pictures = []
    predict = runner.model.test_step

    def counting(data):
        pictures.append(len(data['inputs']))
        assert {name: chunk_files(tmp_path)[name] for name in kept} == kept
        return predict(data)

    runner.model.test_step = counting
    runner.test()
    assert sum(pictures) == (samples - 2 * finished) * 5
    assert_same(tmp_path / 'robustness', undisturbed[model])


def test_two_processes_give_the_same_numbers_as_one(tiny_data, tmp_path, undisturbed):
    start_processes(
        tiny_runs.run_beside_another,
        (tiny_data, tmp_path, tuple(undisturbed)),
        nprocs=2,
        start_method='fork',
    )
    for model, expected in undisturbed.items():
        assert_same(tmp_path / model / 'robustness', expected)


def test_resuming_a_finished_run_predicts_nothing_and_returns_the_same_means(tiny_data, finished):
    run = finished('msra')
    cfg = tiny_runs.tiny_config(tiny_data, run.folder.parent)
    again = tiny_runs.robustness_runner(cfg, *FEW, '--resume')
    again.model.test_step = None  # is not called
    assert again.test() == run.logged


def test_the_finished_result_of_other_settings_is_refused_by_resume_and_the_difference_named(
    tiny_data, finished
):
    path = finished('msra').folder / 'robustness.json'
    cfg = tiny_runs.tiny_config(tiny_data, path.parents[1])
    before = path.read_bytes()
    other = tiny_runs.robustness_runner(cfg, '--perturb-seed', '4', *FEW, '--resume')
    with pytest.raises(
        ResultFileError,
        match=r'robustness\.json is the result of another run '
        r'\(settings\.seed: 0 there, 4 here\); choose',
    ):
        other.test()
    cfg.test_evaluator.append({'type': 'RobustnessMetric', 'spread_count': 9})
    other = tiny_runs.robustness_runner(cfg, *FEW, '--resume')
    with pytest.raises(
        ResultFileError, match=r'hashes\.evaluator_config.*settings\.spread_count: 64 there'
    ):
        other.test()
    assert path.read_bytes() == before


def leave(state, folder):
    """Write data; return a config whose run has a result there, or chunks of a part of it."""
    cfg = tiny_runs.tiny_config(tiny_runs.write_data(folder / 'data'), folder)
    runner = tiny_runs.robustness_runner(cfg, *FEW, chunk_size=2)
    if state == 'finished':
        runner.test()
        return cfg
    predict, passes = runner.model.test_step, itertools.count()

    def interrupted(data):
        if next(passes) == 3:
            raise KeyboardInterrupt
        return predict(data)

    runner.model.test_step = interrupted
    with pytest.raises(KeyboardInterrupt):
        runner.test()
    assert len(chunk_files(folder)) == 1
    return cfg


@pytest.fixture(scope='module', params=['finished', 'interrupted'])
def earlier(request, tmp_path_factory):
    """What was left by a run; no test may change it for good."""
    return leave(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize(
    ('changed', 'named'),
    [
        ('a weight', r'\(hashes\.weights: '),
        ('a buffer', r'\(hashes\.weights: '),
        ('labels', r'\(hashes\.annotations: '),
        ('this package', r'\(versions\.mmpose_stable: '),
    ],
)
def test_what_other_weights_labels_or_versions_computed_is_not_resumed(
    earlier, monkeypatch, changed, named
):
    labels = Path(earlier.test_dataloader.dataset.data_root) / 'labels.json'
    content = labels.read_text()
    runner = tiny_runs.robustness_runner(earlier, *FEW, '--resume', chunk_size=2)
    if changed == 'labels':
        labels.write_text(content + '\n')
    elif changed == 'this package':
        monkeypatch.setattr(provenance, '__version__', 'other')
    else:
        state = runner.model.state_dict()
        name = 'head.final_layer.weight' if changed == 'a weight' else 'backbone.bn1.running_var'
        state[name].view(-1)[0] += 1e-3
    runner.model.test_step = None  # is not called
    with pytest.raises(ResultFileError, match=f'of another run {named}'):
        runner.test()
    labels.write_text(content)


def test_metrics_can_be_mended_without_losing_predictions(tmp_path):
    earlier = leave('interrupted', tmp_path)
    kept = chunk_files(tmp_path)
    earlier.test_evaluator.append({'type': 'AUC'})
    runner = tiny_runs.robustness_runner(earlier, *FEW, '--resume', chunk_size=2)
    predict = runner.model.test_step

    def observed(data):
        assert {name: chunk_files(tmp_path)[name] for name in kept} == kept
        return predict(data)

    runner.model.test_step = observed
    runner.test()
    assert 'AUC' in load_results(tmp_path / 'robustness')['clean']['metrics']


def test_a_finished_result_without_the_metrics_asked_for_is_refused(tiny_data, finished):
    cfg = tiny_runs.tiny_config(tiny_data, finished('msra').folder.parent)
    cfg.test_evaluator.append({'type': 'AUC'})
    runner = tiny_runs.robustness_runner(cfg, *FEW, '--resume')
    with pytest.raises(ResultFileError, match=r'of another run \(hashes\.evaluator_config: '):
        runner.test()


@METRICS.register_module()
class FailsAlways(BaseMetric):
    def process(self, data_batch, data_samples):
        raise AssertionError('no such keypoint')

    def compute_metrics(self, results):
        return {}


def test_a_metric_that_fails_is_told_of_after_the_first_chunk(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    cfg.test_evaluator.append({'type': 'FailsAlways'})
    runner = tiny_runs.robustness_runner(cfg, *FEW, chunk_size=2)
    told, warn = [], runner.logger.warning

    def warned(text, *args):
        told.append((text, len(chunk_files(tmp_path))))
        warn(text, *args)

    runner.logger.warning = warned
    with pytest.raises(AssertionError, match='no such keypoint'):
        runner.test()
    (text, chunks), *_ = [one for one in told if 'test_evaluator' in one[0]]
    assert 'AssertionError: no such keypoint' in text
    assert chunks == 1
    assert len(chunk_files(tmp_path)) == 4


def test_without_resume_a_finished_result_is_replaced(tiny_data, tmp_path, finished):
    folder = tmp_path / 'robustness'
    shutil.copytree(finished('msra').folder, folder)
    before = load_results(folder)
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    tiny_runs.robustness_runner(cfg, '--perturb-seed', '4', *FEW).test()
    after = load_results(folder)
    assert after['settings']['seed'] == 4
    assert after['clean'] == before['clean']
    assert after['cells'] != before['cells']


def test_a_truncated_result_is_refused_by_resume(tiny_data, tmp_path, finished):
    shutil.copytree(finished('msra').folder, tmp_path / 'robustness')
    path = tmp_path / 'robustness' / 'robustness.json'
    path.write_text(path.read_text()[:-50])
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    with pytest.raises(ResultFileError, match=r'robustness\.json is cut off'):
        tiny_runs.robustness_runner(cfg, *FEW, '--resume').test()


def test_a_second_run_in_the_same_folder_is_refused_before_it_computes(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    folder = tmp_path / 'robustness'
    folder.mkdir()
    runner = tiny_runs.robustness_runner(cfg, *FEW, '--resume')
    with (
        FileLock(folder / '.lock'),
        pytest.raises(ResultFileError, match=r'another process works in .*robustness; wait'),
    ):
        runner.test()
    assert not (folder / 'partial').exists()
