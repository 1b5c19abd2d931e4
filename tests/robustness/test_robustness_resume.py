"""Killed, resumed and distributed runs give the numbers of one undisturbed run."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tiny_runs
from filelock import FileLock

from mmpose_stable.complexity.measure import one_thread
from mmpose_stable.robustness import ResultFileError, load_predictions, load_results

SCRIPT = Path(tiny_runs.__file__)
FEW = ('--perturbations', 'saturate,speckle_noise', '--severities', '2,5')
CHUNKS = 4  # of two samples each, seven samples


def environment():
    repo = SCRIPT.parents[2]
    paths = [str(repo), os.environ.get('PYTHONPATH', '')]
    return {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': os.pathsep.join(paths)}


@pytest.fixture(scope='module')
def undisturbed(tiny_data, tmp_path_factory):
    """The result of one process that nobody stopped."""
    work = tmp_path_factory.mktemp('undisturbed')
    cfg = tiny_runs.tiny_config(tiny_data, work)
    with one_thread():
        tiny_runs.robustness_runner(cfg, *FEW, chunk_size=2).test()
    return work / 'robustness'


def assert_same(folder, undisturbed):
    assert load_results(folder) == load_results(undisturbed)
    found = load_predictions(folder / 'predictions.npz').columns()
    for name, value in load_predictions(undisturbed / 'predictions.npz').columns().items():
        np.testing.assert_array_equal(found[name], value)


def chunk_files(work):
    partial = work / 'robustness' / 'partial'
    return {path.name: path.stat().st_mtime_ns for path in partial.glob('chunk_*.npz')}


def test_a_killed_run_goes_on_where_it_stopped_and_ends_with_the_same_numbers(
    tiny_data, tmp_path, undisturbed, one_thread
):
    command = [sys.executable, str(SCRIPT), str(tiny_data), str(tmp_path), *FEW, '--delay', '0.2']
    quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment(), **quiet)
    while not chunk_files(tmp_path) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.4))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = chunk_files(tmp_path)
    assert 0 < len(kept) < CHUNKS

    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    runner = tiny_runs.robustness_runner(cfg, *FEW, '--resume', chunk_size=2)
    pictures = []
    predict = runner.model.test_step

    def counting(data):
        pictures.append(len(data['inputs']))
        assert {name: chunk_files(tmp_path)[name] for name in kept} == kept
        return predict(data)

    runner.model.test_step = counting
    runner.test()
    samples_kept = sum(1 if name == 'chunk_000003.npz' else 2 for name in kept)
    assert sum(pictures) == (7 - samples_kept) * 5
    assert_same(tmp_path / 'robustness', undisturbed)


def test_two_processes_give_the_same_numbers_as_one(tiny_data, tmp_path, undisturbed):
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    launch = ['-m', 'torch.distributed.run', '--nproc_per_node=2', f'--master_port={port}']
    script = [str(SCRIPT), str(tiny_data), str(tmp_path), *FEW, '--gloo']
    done = subprocess.run(
        [sys.executable, *launch, *script], env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert_same(tmp_path / 'robustness', undisturbed)


def test_resuming_a_finished_run_predicts_nothing_and_returns_the_same_means(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    first = tiny_runs.robustness_runner(cfg, *FEW).test()
    again = tiny_runs.robustness_runner(cfg, *FEW, '--resume')

    def fail(data):
        raise AssertionError('a finished run was predicted again')

    again.model.test_step = fail
    assert again.test() == first


def test_the_finished_result_of_other_settings_is_refused_by_resume_and_the_difference_named(
    tiny_data, tmp_path
):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    tiny_runs.robustness_runner(cfg, *FEW).test()
    path = tmp_path / 'robustness' / 'robustness.json'
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
    with pytest.raises(ResultFileError, match=r'hashes\.config.*settings\.spread_count: 64 there'):
        other.test()
    assert path.read_bytes() == before


def test_a_truncated_result_is_refused_by_resume(tiny_data, tmp_path):
    cfg = tiny_runs.tiny_config(tiny_data, tmp_path)
    tiny_runs.robustness_runner(cfg, *FEW).test()
    path = tmp_path / 'robustness' / 'robustness.json'
    path.write_text(path.read_text()[:-50])
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
    tiny_runs.robustness_runner(cfg, *FEW, '--resume').test()
