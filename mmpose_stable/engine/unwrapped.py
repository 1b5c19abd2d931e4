"""The model behind a distributed wrapper."""

from __future__ import annotations

from mmengine.model import is_model_wrapper
from torch import nn


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model that a wrapper such as ``MMDistributedDataParallel`` holds, or itself."""
    return model.module if is_model_wrapper(model) else model
