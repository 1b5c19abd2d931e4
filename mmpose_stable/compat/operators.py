"""A placeholder for MMCV's compiled operators (``mmcv._ext``) where MMCV came without them."""

from __future__ import annotations

import types

from torch import Tensor
from torchvision.ops import deform_conv2d

# MMCV's environment report calls these two; it prints 'n/a' itself where operators are missing.
_BUILD_FACTS = ('get_compiler_version', 'get_compiling_cuda_version')


def deform_conv_forward(
    inputs: Tensor, weight: Tensor, offset: Tensor, output: Tensor, *buffers: Tensor, **sizes: int
) -> None:
    """Convolve at moved places, into ``output``: what DEKR needs, by torchvision's operator."""
    axes = (('dH', 'dW'), ('padH', 'padW'), ('dilationH', 'dilationW'))
    settings = [tuple(sizes[name] for name in pair) for pair in axes]
    output.copy_(deform_conv2d(inputs, offset, weight, None, *settings))


class MissingOperators(types.ModuleType):
    """Module in which every operator exists, and all but one raise when called.

    MMCV looks operators up while ``mmcv.ops`` is imported, long before anything needs them, so a
    missing operator may only be reported by the call.
    """

    deform_conv_forward = staticmethod(deform_conv_forward)

    def __getattr__(self, name: str):
        if name.startswith('__'):
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        if name in _BUILD_FACTS:
            return lambda: 'n/a'

        def missing_operator(*args, **kwargs):
            raise RuntimeError(
                f'the compiled MMCV operator {name!r} is missing: this MMCV was installed without '
                'operators (mmcv-lite). Install the full package in its place: '
                'pip uninstall mmcv-lite; pip install openmim; mim install mmcv'
            )

        return missing_operator


def operator_stand_ins() -> dict[str, types.ModuleType]:
    """Return the placeholder modules by import name."""
    return {'mmcv._ext': MissingOperators('mmcv._ext', 'No operator of MMCV is compiled here.')}
