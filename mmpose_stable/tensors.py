"""Tensors as networks return them: their precision, and nests of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def at_least_float32(values: Tensor) -> Tensor:
    """Return float16 and bfloat16 tensors, such as autocast makes, as float32; others as they are.

    A sum over thousands of pixels, a softmax or a product of maps loses all its digits in half
    precision. float64 stays, for gradient checks.
    """
    return values.float() if values.dtype in HALF else values


def map_tensors(function: Callable[[Tensor], Tensor], value: Any) -> Any:
    """Return the same nesting with the function applied to every tensor; the rest stays."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, dict):
        return {key: map_tensors(function, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [map_tensors(function, item) for item in value]
        return type(value)(*items) if hasattr(value, '_fields') else type(value)(items)
    return value


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in nested lists, tuples and dicts."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []
