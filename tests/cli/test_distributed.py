"""Processes that torchrun starts train together, without a GPU too."""

import os
import subprocess
import sys

from tiny_hands import tiny_hands


def test_two_processes_train_and_one_writes_the_checkpoint(repo, tmp_path):
    more = 'val_cfg = val_dataloader = val_evaluator = None\n'
    config = tiny_hands(repo, tmp_path, updates=2, more=more)
    run = subprocess.run(
        [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', '2']
        + ['-m', 'mmpose_stable_command', 'train', config, '--launcher', 'pytorch']
        + ['--work-dir', tmp_path / 'work'],
        env={**os.environ, 'CUDA_VISIBLE_DEVICES': ''},
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    (log,) = (tmp_path / 'work').glob('*/*.log')
    assert 'Distributed training: True' in log.read_text()
    assert 'GPU number: 2' in log.read_text()
    assert (tmp_path / 'work' / 'iter_2.pth').is_file()
