"""The precision that losses and maps are computed in."""

from __future__ import annotations

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def at_least_float32(values: Tensor) -> Tensor:
    """Return float16 and bfloat16 tensors, such as autocast makes, as float32; others as they are.

    A sum over thousands of pixels, a softmax or a product of maps loses all its digits in half
    precision. float64 stays, for gradient checks.
    """
    return values.float() if values.dtype in HALF else values
