"""Mixed precision on a CPU, which MMEngine's ``AmpOptimWrapper`` refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import OptimWrapper
from mmpose.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Run the forward pass in bfloat16 autocast on the CPU.

    bfloat16 has float32's range, so no loss scaling is needed and a checkpoint carries no scaler.

    Args:
        kwargs: The arguments of ``OptimWrapper``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast around the forward pass of one iteration."""
        with super().optim_context(model), torch.autocast('cpu', dtype=torch.bfloat16):
            yield
