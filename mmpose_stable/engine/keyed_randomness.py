"""Random draws keyed by the iteration, so that a resumed run goes on as it was."""

import random

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from mmpose.registry import HOOKS

from mmpose_stable.perturbations.keys import keyed_generator


@HOOKS.register_module()
class KeyedRandomness(Hook):
    """Seed Python, NumPy and PyTorch from (seed, rank, epoch or iteration) as training goes on.

    MMEngine saves no random state. With this hook and the conditions below, a resumed run has the
    losses of the run that was not interrupted:

    - ``randomness.seed`` is set. It seeds the shuffling and, in each worker, the crops and views.
    - ``train_dataloader.persistent_workers`` is off: a resume cannot bring back the random state of
      workers that live on.
    - With an iteration-based loop ``num_workers`` is at least 1: MMEngine replays the data that was
      already used, which is exact in workers only.
    - With an epoch-based loop checkpoints are saved at the end of an epoch, as they are by default.

    Raises:
        ValueError: Before training, where one of the first three does not hold.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Check the conditions."""
        loader = runner.train_loop.dataloader
        if (runner.cfg.get('randomness') or {}).get('seed') is None:
            raise ValueError('KeyedRandomness needs `randomness.seed` set in the config')
        if loader.num_workers > 0 and loader.persistent_workers:
            raise ValueError('KeyedRandomness needs `train_dataloader.persistent_workers=False`')
        if loader.num_workers == 0 and isinstance(runner.train_loop, IterBasedTrainLoop):
            raise ValueError(
                'KeyedRandomness needs `train_dataloader.num_workers` of at least 1 with '
                'IterBasedTrainLoop, got 0'
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed for what is drawn while the first batch is loaded."""
        self.seed(runner, 'epoch', runner.epoch)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch=None) -> None:
        """Seed for this iteration and, without workers, for the loading of the next batch."""
        self.seed(runner, 'iteration', runner.iter)

    @staticmethod
    def seed(runner: Runner, step: str, number: int) -> None:
        """Seed all generators of the process."""
        rng = keyed_generator('training', runner.seed, runner.rank, step, number)
        value = int(rng.integers(2**32))
        random.seed(value)
        np.random.seed(value)  # noqa: NPY002 - the transforms of MMPose draw from it
        torch.manual_seed(value)
