"""The distributed scripts start processes that train together, without a GPU too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_hands import tiny_hands


def test_two_processes_train_and_one_writes_the_checkpoint(repo, tmp_path):
    more = 'val_cfg = val_dataloader = val_evaluator = None\n'
    config = tiny_hands(repo, tmp_path, updates=2, more=more)
    environment = {
        **os.environ,
        'PATH': f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}',
        'CUDA_VISIBLE_DEVICES': '',
    }
    run = subprocess.run(
        [repo / 'tools' / 'dist_train.sh', config, '2', '--work-dir', tmp_path / 'work'],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    (log,) = (tmp_path / 'work').glob('*/*.log')
    assert 'Distributed training: True' in log.read_text()
    assert 'GPU number: 2' in log.read_text()
    assert (tmp_path / 'work' / 'iter_2.pth').is_file()


@pytest.mark.parametrize(
    'script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh', 'slurm_test.sh']
)
def test_a_script_without_arguments_says_how_it_is_called(script, repo):
    run = subprocess.run([repo / 'tools' / script], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert f'usage: tools/{script}' in run.stderr
