"""Channels-last memory, in which CPUs convolve faster, for the models that can run in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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

    The head's output is put back into the usual order, which some flip tests and decoders need.
    """
    model.to(memory_format=torch.channels_last)
    try:
        with mapped_outputs(model.head, Tensor.contiguous):
            yield
    finally:
        model.to(memory_format=torch.contiguous_format)


def random_pictures(count: int, input_size: tuple[int, int]) -> Tensor:
    """Return normalised pictures (B, 3, H, W) of a width and a height, always the same."""
    width, height = input_size
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(0))


def same_output(found: Any, expected: Any) -> bool:
    """Return whether two outputs of a head differ by no more than rounding, and are finite."""
    return all(
        bool(other.isfinite().all())  # allclose refuses the tolerance of another one
        and torch.allclose(one, other, rtol=1e-4, atol=1e-4 * float(other.abs().max()))
        for one, other in zip(tensors_in(found), tensors_in(expected), strict=True)
    )


@torch.no_grad()
def can_run_channels_last(model: nn.Module, input_size: tuple[int, int]) -> bool:
    """Try one random picture: does the model run in channels-last, with the same output?"""
    picture = random_pictures(1, input_size)
    expected = model.head.forward(model.extract_feat(picture))
    try:
        with channels_last(model):
            return same_output(model.head.forward(model.extract_feat(picture)), expected)
    except RuntimeError:  # "view size is not compatible with input tensor's size and stride"
        return False


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Turn the model's weights to channels-last before the first batch."""

    def before_run(self, runner: Runner) -> None:
        """Convert the model in place."""
        runner.model.to(memory_format=torch.channels_last)
