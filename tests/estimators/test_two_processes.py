"""Distributed stability training steps along the mean of the gradients of all processes."""

import pytest
import torch
import two_processes
from torch.multiprocessing import start_processes


def gradients_of(rank, name, folder):
    model = two_processes.build_model(name, folder)
    data = model.data_preprocessor(two_processes.batch_of(rank), True)
    model.parse_losses(model(**data, mode='loss'))[0].backward()
    return {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Return the folder where two processes left their parameters."""
    folder = tmp_path_factory.mktemp('two')
    torch.save(two_processes.build_model('rle', folder).state_dict(), folder / 'teacher.pth')
    start_processes(two_processes.train, (folder,), nprocs=2, start_method='fork')
    return folder


@pytest.mark.parametrize('name', two_processes.STUDENTS)
def test_two_processes_step_along_the_mean_of_their_gradients(name, trained):
    first, second = (torch.load(trained / f'{name}_{rank}.pth') for rank in range(2))
    before = dict(two_processes.build_model(name, trained).named_parameters())
    one, other = gradients_of(0, name, trained), gradients_of(1, name, trained)
    norm = sum(gradient.square().sum() for gradient in one.values()).sqrt()
    apart = sum((one[n] - other[n]).square().sum() for n in one).sqrt()
    assert apart > 0.1 * norm  # a process that kept to its own batch would be noticed
    for n, parameter in before.items():
        torch.testing.assert_close(first[n], second[n], rtol=0, atol=0)
        mean = (one[n] + other[n]) / 2 if n in one else torch.zeros_like(parameter)
        moved = parameter - first[n]
        assert (moved - mean).norm() <= 1e-3 * norm, n
