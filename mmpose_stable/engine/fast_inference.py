"""Faster prediction by any pose model: bfloat16 and channels-last memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import nn

from mmpose_stable.engine.cpu_amp import fast_bfloat16, float32_outputs
from mmpose_stable.engine.memory import keep_freed_memory
from mmpose_stable.engine.memory_format import can_run_channels_last, channels_last
from mmpose_stable.model_parts import cropped_size, decoder_input_size, replaced_forward, unwrapped


@HOOKS.register_module()
class FastInferenceHook(Hook):
    """Test in bfloat16 and channels-last memory, each where the machine and the model can use it.

    ``custom_hooks = [dict(type='FastInferenceHook')]``, or ``tools/test.py --fast``. bfloat16 keeps
    8 bits of a number's mantissa: keypoints move by a small part of a pixel. On a processor that
    has no bfloat16 instructions the model stays in float32. Training, validation and checkpoints
    do not change.
    """

    # After hooks that put other weights in, such as an exponential moving average.
    priority = 'VERY_LOW'

    def __init__(self) -> None:
        self.active = ExitStack()

    def before_test_epoch(self, runner: Runner) -> None:
        """Change the model's forward pass."""
        model = unwrapped(runner.model).eval()
        device = next(model.parameters()).device.type
        said = []
        if device == 'cpu':
            keep_freed_memory()
        size = decoder_input_size(model) or cropped_size(
            getattr(getattr(runner.test_dataloader.dataset, 'pipeline', None), 'transforms', ())
        )
        if device == 'cpu' and size is not None and can_run_channels_last(model, size):
            self.active.enter_context(channels_last(model))
            said.append('channels-last memory')
        if fast_bfloat16():
            self.active.enter_context(float32_outputs(model))
            self.active.enter_context(replaced_forward(model, _autocast(model.forward, device)))
            said.append('bfloat16')
        print_log(
            f'--fast: {type(model).__name__} predicts in {" and ".join(said)}'
            if said
            else '--fast: nothing here is faster than float32, which this model keeps',
            logger='current',
            level=logging.INFO,
        )

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Put the model back."""
        self.active.close()


def is_fast(model: nn.Module) -> bool:
    """Whether a :class:`FastInferenceHook` makes the model predict in bfloat16 now."""
    return getattr(model.forward, 'in_bfloat16', False)


def _autocast(forward: Callable[..., Any], device: str) -> Callable[..., Any]:
    def predict(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast(device, dtype=torch.bfloat16):
            return forward(*args, **kwargs)

    predict.in_bfloat16 = True
    return predict
