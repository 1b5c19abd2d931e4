import pytest
import tiny_heads
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch.multiprocessing import start_processes

# R+H+M; and RLE, whose flow has nothing to learn from a teacher.
STUDENTS = {
    'rhm': {'consistency': [{'type': 'MSTLoss', 'loss_weight': 10.0}]},
    'rle': {'supervised': 'none'},
}


def build(name, folder):
    """Return a student, the same in every process."""
    torch.manual_seed(0)
    teacher = {'teacher': {'checkpoint': str(folder / 'teacher.pth')}} if name == 'rle' else {}
    return tiny_heads.build(name, **STUDENTS[name], **teacher)


def train(rank, folder):
    """Train for a step with a rate of 1, save the parameters of this process, train another."""
    torch.set_num_threads(1)
    dist.init_process_group('gloo', f'file://{folder}/store', world_size=2, rank=rank)
    for name in STUDENTS:
        model = build(name, folder)
        wrapped = MMDistributedDataParallel(model)
        optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1.0))
        wrapped.train_step(tiny_heads.batch(name, seed=rank), optimizer)
        torch.save(dict(model.named_parameters()), folder / f'{name}_{rank}.pth')
        wrapped.train_step(tiny_heads.batch(name, seed=rank), optimizer)  # all got a gradient
    adversary = {'type': 'PGDAdversary', 'steps': 1}
    model = tiny_heads.build('msra', adversary=adversary, supervised='all')
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    log = MMDistributedDataParallel(model).train_step(tiny_heads.batch('msra', 1), optimizer)
    assert log['loss'].isfinite()
    dist.destroy_process_group()


def gradients_of(rank, name, folder):
    model = build(name, folder)
    data = model.data_preprocessor(tiny_heads.batch(name, seed=rank), True)
    model.parse_losses(model(**data, mode='loss'))[0].backward()
    return {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Return the folder where two processes left their parameters."""
    folder = tmp_path_factory.mktemp('two')
    torch.save(build('rle', folder).state_dict(), folder / 'teacher.pth')
    start_processes(train, (folder,), nprocs=2, start_method='fork')
    return folder


@pytest.mark.parametrize('name', STUDENTS)
def test_two_processes_step_along_the_mean_of_their_gradients(name, trained):
    first, second = (torch.load(trained / f'{name}_{rank}.pth') for rank in range(2))
    before = dict(build(name, trained).named_parameters())
    one, other = gradients_of(0, name, trained), gradients_of(1, name, trained)
    norm = sum(gradient.square().sum() for gradient in one.values()).sqrt()
    apart = sum((one[n] - other[n]).square().sum() for n in one).sqrt()
    assert apart > 0.1 * norm  # a process that kept to its own batch would be noticed
    for n, parameter in before.items():
        torch.testing.assert_close(first[n], second[n], rtol=0, atol=0)
        mean = (one[n] + other[n]) / 2 if n in one else torch.zeros_like(parameter)
        moved = parameter - first[n]
        assert (moved - mean).norm() <= 1e-3 * norm, n
