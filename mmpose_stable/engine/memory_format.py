"""Channels-last memory, in which CPUs convolve faster, for the models that can run in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import Tensor, nn

from mmpose_stable.model_parts import mapped_outputs
from mmpose_stable.tensors import tensors_in


@contextmanager
def channels_last(model: nn.Module) -> Iterator[None]:
    """Run a pose estimator in channels-last memory inside the block.

    Activations follow the weights. What the head returns is put back into the usual order, which
    some of MMPose's flip tests and decoders need.
    """
    model.to(memory_format=torch.channels_last)
    try:
        with mapped_outputs(model.head, Tensor.contiguous):
            yield
    finally:
        model.to(memory_format=torch.contiguous_format)


def can_run_channels_last(model: nn.Module, input_size: tuple[int, int]) -> bool:
    """Try one random picture: does the model run in channels-last, with the same output?

    Returns:
        False where a layer depends on the usual memory order, or the output differs by more than
        rounding.
    """
    width, height = input_size
    generator = torch.Generator().manual_seed(0)
    picture = torch.randn(1, 3, height, width, generator=generator)
    with torch.no_grad():
        expected = tensors_in(model.head.forward(model.extract_feat(picture)))
        try:
            with channels_last(model):
                found = tensors_in(model.head.forward(model.extract_feat(picture)))
        except RuntimeError:  # "view size is not compatible with input tensor's size and stride"
            return False
    return bool(found) and all(
        # An output with a NaN is equal to nothing; allclose refuses the tolerance of such a one.
        bool(other.isfinite().all())
        and torch.allclose(one, other, rtol=1e-4, atol=1e-4 * float(other.abs().max()))
        for one, other in zip(found, expected, strict=True)
    )


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Turn the model's weights to channels-last before the first batch.

    Activations follow the weights, results do not change beyond rounding, and checkpoints stay the
    same: memory format is not saved.
    """

    def before_run(self, runner: Runner) -> None:
        """Convert the model in place."""
        runner.model.to(memory_format=torch.channels_last)
