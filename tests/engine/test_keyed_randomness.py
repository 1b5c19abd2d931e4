"""A resumed stability training has the losses of one that was never interrupted."""

import itertools
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from tiny_runs import write_training

from mmpose_stable.engine.keyed_randomness import KeyedRandomness
from mmpose_stable.methods import apply_method


@pytest.fixture(scope='module')
def base(tmp_path_factory):
    """The config of a training of eight persons: two iterations an epoch."""
    return write_training(tmp_path_factory.mktemp('data'), (2, 2, 2, 2))


def config(base, folder, workers=0, **changes):
    cfg = apply_method(Config.fromfile(base), 'm')
    cfg.model.adversary = {'type': 'PGDAdversary', 'steps': 1}
    (views,) = (s for s in cfg.train_dataloader.dataset.pipeline if s.type == 'PerturbedViews')
    views.kinds = ['brightness', 'gaussian_noise']
    sampler = {'type': 'DefaultSampler', 'shuffle': True}
    cfg.train_dataloader.update(batch_size=4, num_workers=workers, sampler=sampler)
    for part in ('dataloader', 'cfg', 'evaluator'):
        cfg[f'val_{part}'] = cfg[f'test_{part}'] = None
    cfg.train_cfg = {'by_epoch': True, 'max_epochs': 3}
    cfg.default_hooks.checkpoint = {'type': 'CheckpointHook', 'interval': 1}
    for key, value in {'work_dir': str(folder), 'experiment_name': 'resume', **changes}.items():
        cfg[key] = value
    return cfg


def train(cfg):
    """Train, and return the loss of each iteration."""
    losses, runner = {}, Runner.from_cfg(cfg)

    def keep(runner, outputs, **_):
        losses[runner.iter] = float(outputs['loss'].detach())

    record = Hook()
    record.after_train_iter = keep
    runner.register_hook(record)
    runner.register_hook(KeyedRandomness())
    runner.train()
    return losses


# As the schedule of the small experiments: no end of an epoch is a checkpoint.
ITERATIONS = {
    'train_cfg': {'type': 'IterBasedTrainLoop', 'max_iters': 6, 'val_interval': 100},
    'default_hooks': {'checkpoint': {'type': 'CheckpointHook', 'interval': 1, 'by_epoch': False}},
    'log_processor': {'type': 'LogProcessor', 'by_epoch': False},
    'param_scheduler': [{'type': 'LinearLR', 'start_factor': 0.1, 'end': 5, 'by_epoch': False}],
}


@pytest.mark.parametrize(
    ('workers', 'changes', 'checkpoints'),
    [
        (0, {}, {'epoch_2.pth': 4}),
        # In the middle of an epoch, and at the end of one.
        (1, ITERATIONS, {'iter_3.pth': 3, 'iter_4.pth': 4}),
    ],
)
def test_resuming_gives_the_losses_of_a_run_that_was_not_interrupted(
    workers, changes, checkpoints, base, tmp_path
):
    whole = train(config(base, tmp_path / 'whole', workers, **changes))
    assert list(whole) == list(range(6))
    for checkpoint, done in checkpoints.items():
        # A resumed run must bring back what it needs by itself, whatever was drawn before it.
        np.random.seed(99)  # noqa: NPY002
        torch.manual_seed(99)
        start = {'resume': True, 'load_from': str(tmp_path / 'whole' / checkpoint)}
        again = config(base, tmp_path / checkpoint, workers, **start, **changes)
        assert train(again) == {i: whole[i] for i in range(done, 6)}


def test_every_process_draws_its_own_numbers_and_draws_them_again():
    def drawn(rank, step, number):
        KeyedRandomness.seed(SimpleNamespace(seed=5, rank=rank), step, number)
        return random.random(), np.random.random(), torch.rand(()).item()  # noqa: NPY002

    places = list(itertools.product((0, 1), ('epoch', 'iteration'), (0, 1)))
    values = [drawn(*place) for place in places]
    assert values == [drawn(*place) for place in places]
    for of_one_generator in zip(*values, strict=True):
        assert len(set(of_one_generator)) == len(places)


def test_conditions_that_do_not_hold_are_named(base, tmp_path):
    persistent = config(base, tmp_path, 1)
    persistent.train_dataloader.persistent_workers = True
    with pytest.raises(ValueError, match='persistent_workers=False'):
        train(persistent)
    with pytest.raises(ValueError, match=r'randomness.seed'):
        train(config(base, tmp_path, randomness={'seed': None}))
    with pytest.raises(ValueError, match='num_workers'):
        train(config(base, tmp_path, train_cfg={'by_epoch': False, 'max_iters': 2}))
