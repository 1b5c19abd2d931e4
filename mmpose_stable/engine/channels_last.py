"""Convolutions in channels-last memory, which CPUs and tensor cores run faster."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Turn the model's weights to channels-last before the first batch.

    Activations follow the weights, results do not change beyond rounding, and checkpoints stay the
    same: memory format is not saved.
    """

    def before_run(self, runner: Runner) -> None:
        """Convert the model in place."""
        runner.model.to(memory_format=torch.channels_last)
