"""Faster prediction by any pose model, with the same results up to rounding."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_stable.cropped_size import cropped_size
from mmpose_stable.deploy.conv_bn import fuse_conv_bn
from mmpose_stable.deploy.packed_conv import pack_convolutions
from mmpose_stable.deploy.winograd import replace_convolutions
from mmpose_stable.engine.memory import keep_freed_memory
from mmpose_stable.engine.tensor_trees import tensors_in
from mmpose_stable.engine.unwrapped import unwrapped
from mmpose_stable.pose_head import decoder_input_size

# Rounding is about 1e-5 of the largest output of a float32 network; a mistake is not small.
TOLERANCE = 1e-3


def accelerate(
    model: nn.Module,
    input_size: Sequence[int] | None = None,
    channels_last: bool = True,
    winograd: bool = True,
    pack: bool = True,
    keep_memory: bool = True,
) -> nn.Module:
    """Make a pose estimator predict faster, in place, with results that differ by rounding only.

    Batch normalisation is folded into the convolutions before it, the weights are laid out channels
    last, and on a CPU some 3x3 convolutions are computed with fewer multiplications, the weights of
    the others are packed once instead of in each call, and freed memory stays in the process. The
    model can no longer be trained or saved: keep its checkpoint.

    The model runs on one random image before and after, and the outputs are compared.

    Args:
        model: A pose estimator of MMPose in evaluation mode, with its trained weights.
        input_size: Width and height of the network's input in pixels; the decoder's where not
            given.
        channels_last: Lay the weights out channels last, which CPUs and tensor cores prefer.
        winograd: On a CPU compute 3x3 convolutions of middle width as
            :func:`~mmpose_stable.deploy.winograd.winograd_conv2d` does. Its rounding is about five
            times that of a plain convolution, and its filters take four times the memory.
        pack: On a CPU, with ``channels_last``, keep the weights of the other convolutions in the
            layout of the processor's kernels as well, see
            :class:`~mmpose_stable.deploy.packed_conv.PackedConv2d`; they take twice the memory.
        keep_memory: On a CPU keep freed memory in the process, see
            :func:`~mmpose_stable.engine.memory.keep_freed_memory`; it concerns the whole process.

    Returns:
        The same object.

    Raises:
        ValueError: The model is in training mode, or the size of its input is not known.
        RuntimeError: The outputs changed by more than rounding; the model is not usable any more.
    """
    model = unwrapped(model)
    if any(module.training for module in model.modules()):
        raise ValueError(
            'accelerate() takes a model in evaluation mode, got one in training mode: call '
            '`model.eval()` first; an accelerated model cannot be trained'
        )
    first = next(model.parameters())
    width, height = _input_size(model, input_size)
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(1, 3, height, width, generator=generator).to(first)
    with torch.no_grad():
        before = tensors_in(model(image, None, mode='tensor'))
    total = sum(isinstance(module, _BatchNorm) for module in model.modules())
    fused = fuse_conv_bn(model, image)
    model.requires_grad_(False)
    replaced = replace_convolutions(model) if winograd else 0
    if channels_last:
        model.to(memory_format=torch.channels_last)
    packed = pack_convolutions(model) if pack and channels_last else 0
    if keep_memory and first.device.type == 'cpu':
        keep_freed_memory()
    _check_unchanged(model, image, before)
    print_log(
        f'{type(model).__name__} runs accelerated: {fused} of {total} batch normalisations folded '
        f"into convolutions, {replaced} convolutions by Winograd's algorithm, {packed} with packed "
        f'weights, channels {"last" if channels_last else "first"}',
        logger='current',
        level=logging.INFO,
    )
    return model


def _input_size(model: nn.Module, given: Sequence[int] | None) -> tuple[int, int]:
    size = given or decoder_input_size(model)
    if size is None or len(size) != 2:
        raise ValueError(
            'accelerate() runs the model once and needs `input_size` (width, height) in pixels: '
            f'`model.head.decoder` names none, and {given!r} was given'
        )
    return int(size[0]), int(size[1])


def _check_unchanged(model: nn.Module, image: Tensor, before: list[Tensor]) -> None:
    """Raise RuntimeError where the outputs for the image are not those from before."""
    with torch.no_grad():
        after = tensors_in(model(image, None, mode='tensor'))
    for old, new in zip(before, after, strict=True):
        largest = old.abs().max().item()
        change = (new - old).abs().max().item()
        # A NaN on both sides is the model's own; one that appears is not.
        if not change <= TOLERANCE * largest and torch.isfinite(old).all():
            raise RuntimeError(
                f'acceleration changed an output of {type(model).__name__} by {change:.3g}, with '
                f'values up to {largest:.3g}; test without FastInferenceHook (--fast)'
            )


@HOOKS.register_module()
class FastInferenceHook(Hook):
    """Test with an accelerated copy of the model.

    ``custom_hooks = [dict(type='FastInferenceHook')]``, or ``tools/test.py --fast``. The copy
    lives from the start of a test to its end and is made after other hooks have put their weights
    in (an exponential moving average, say); training, validation and checkpoints see the model
    itself.

    Args:
        kwargs: Arguments of :func:`accelerate`.
    """

    priority = 'VERY_LOW'

    def __init__(self, **kwargs: Any) -> None:
        self.kwargs = kwargs
        self.original: nn.Module | None = None

    def before_test_epoch(self, runner: Runner) -> None:
        """Put the accelerated copy in the model's place."""
        copied = copy.deepcopy(unwrapped(runner.model)).eval()
        given = dict(self.kwargs)
        if given.get('input_size') is None and decoder_input_size(copied) is None:
            pipeline = getattr(runner.test_dataloader.dataset, 'pipeline', None)
            given['input_size'] = cropped_size(getattr(pipeline, 'transforms', ()))
        self.original = runner.model
        runner.model = accelerate(copied, **given)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Put the model back."""
        runner.model, self.original = self.original, None
