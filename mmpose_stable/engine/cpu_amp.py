"""Mixed precision on a CPU, which MMEngine's ``AmpOptimWrapper`` refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from mmpose.registry import OPTIM_WRAPPERS
from torch import Tensor, nn


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Run the forward pass in bfloat16 autocast on the CPU.

    bfloat16 has float32's range, so no loss scaling is needed and a checkpoint carries no scaler.
    What a model's head puts out is turned to float32: losses are computed there, and MMPose turns
    it to NumPy, which has no bfloat16, for the accuracy that it logs.

    Args:
        kwargs: The arguments of ``OptimWrapper``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast around the forward pass of one iteration."""
        with (
            super().optim_context(model),
            torch.autocast('cpu', dtype=torch.bfloat16),
            _float32_outputs(model),
        ):
            yield


@contextmanager
def _float32_outputs(model: nn.Module) -> Iterator[None]:
    # Heads call their own `forward`, not `__call__`: a forward hook would not see it.
    head = getattr(model.module if is_model_wrapper(model) else model, 'head', None)
    if head is None:
        yield
        return
    forward = head.forward
    head.forward = lambda *args, **kwargs: _to_float32(forward(*args, **kwargs))
    try:
        yield
    finally:
        del head.forward


def _to_float32(outputs: Any) -> Any:
    if isinstance(outputs, Tensor):
        return outputs.float() if outputs.is_floating_point() else outputs
    if isinstance(outputs, (list, tuple)):
        return type(outputs)(_to_float32(output) for output in outputs)
    return outputs
