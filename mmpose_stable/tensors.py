"""Tensors as networks return them: their precision, and nests of them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_map


def at_least_float32(values: Tensor) -> Tensor:
    """Return float16 and bfloat16 tensors, such as autocast makes, as float32; others as they are.

    A sum over thousands of pixels, a softmax or a product of maps loses all its digits in half
    precision. float64 stays, for gradient checks.
    """
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def map_tensors(function: Callable[[Tensor], Tensor], value: Any) -> Any:
    """Return the same nesting with the function applied to every tensor; the rest stays."""
    return tree_map(lambda leaf: function(leaf) if isinstance(leaf, Tensor) else leaf, value)


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in nested lists, tuples and dicts."""
    return [leaf for leaf in tree_flatten(value)[0] if isinstance(leaf, Tensor)]
