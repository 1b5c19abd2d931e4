import tiny_heads
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch.multiprocessing import start_processes

# R+H+M; RLE, whose flow has nothing to learn from a teacher; and views made by an adversary.
OPTIONS = {
    'rhm': {'consistency': [{'type': 'MSTLoss', 'loss_weight': 10.0}]},
    'rle': {'supervised': 'none'},
    'msra': {'adversary': {'type': 'PGDAdversary', 'steps': 1}, 'supervised': 'all'},
}


def build(name, folder):
    """Return an estimator, the same in every process."""
    torch.manual_seed(0)
    teacher = {'teacher': {'checkpoint': str(folder / 'teacher.pth')}} if name == 'rle' else {}
    return tiny_heads.build(name, **OPTIONS[name], **teacher)


def train(rank, folder):
    """Train each estimator on a batch of this process, and save its parameters."""
    torch.set_num_threads(1)
    dist.init_process_group('gloo', f'file://{folder}/store', world_size=2, rank=rank)
    for name in OPTIONS:
        model = build(name, folder)
        wrapped = MMDistributedDataParallel(model)
        optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
        for _ in range(2):  # the second step fails where the first left out a parameter
            wrapped.train_step(tiny_heads.batch(name, seed=rank), optimizer)
        torch.save(dict(model.named_parameters()), folder / f'{name}_{rank}.pth')
    dist.destroy_process_group()


def test_two_processes_with_batches_of_their_own_train_the_same_parameters(tmp_path):
    torch.save(build('rle', tmp_path).state_dict(), tmp_path / 'teacher.pth')
    start_processes(train, (tmp_path,), nprocs=2, start_method='fork')
    for name in OPTIONS:
        first, second = (torch.load(tmp_path / f'{name}_{rank}.pth') for rank in range(2))
        torch.testing.assert_close(first, second, rtol=0, atol=0)
