"""Another ``forward``, or another method, for a module while a block runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


@contextmanager
def replaced_forward(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """Let a module's ``forward`` be another function inside the block; blocks may nest.

    MMPose's heads call their own ``forward``, not ``__call__``: a forward hook would not see it.
    """
    with replaced_method(module, 'forward', forward):
        yield


@contextmanager
def replaced_method(module: nn.Module, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """Let a module's method be another function inside the block; blocks may nest."""
    before = vars(module).get(name)
    setattr(module, name, method)
    try:
        yield
    finally:
        if before is None:
            delattr(module, name)
        else:
            setattr(module, name, before)
