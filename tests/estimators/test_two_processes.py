"""Distributed stability training steps along the mean of the gradients of all processes."""

import os
import subprocess
import sys

import torch
import two_processes


def gradients_of(rank):
    model = two_processes.build_model()
    data = model.data_preprocessor(two_processes.batch_of(rank, model.head.decoder), True)
    model.parse_losses(model(**data, mode='loss'))[0].backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


def test_two_processes_step_along_the_mean_of_their_gradients(tmp_path):
    launcher = [sys.executable, '-m', 'torch.distributed.run', '--standalone']
    run = subprocess.run(
        [*launcher, '--nproc_per_node', '2', two_processes.__file__, str(tmp_path)],
        env={**os.environ, 'OMP_NUM_THREADS': '1', 'CUDA_VISIBLE_DEVICES': ''},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    first, second = (torch.load(tmp_path / f'{rank}.pth') for rank in range(2))
    before = dict(two_processes.build_model().named_parameters())
    one, other = gradients_of(0), gradients_of(1)
    norm = sum(gradient.square().sum() for gradient in one.values()).sqrt()
    apart = sum((one[name] - other[name]).square().sum() for name in one).sqrt()
    assert apart > 0.1 * norm  # a process that kept to its own batch would be noticed
    for name, parameter in before.items():
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0)
        mean = (one[name] + other[name]) / 2
        moved = parameter - first[name]
        assert (moved - mean).norm() <= 1e-3 * norm, name
