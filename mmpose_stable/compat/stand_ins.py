"""Import MMPose's models where MMCV has no compiled operators or MMDetection is absent."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from typing import Any

from mmengine.config import ConfigDict
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor
from torchvision.ops import deform_conv2d

# MMCV's environment report calls these two; it prints 'n/a' itself where operators are missing.
_BUILD_FACTS = ('get_compiler_version', 'get_compiling_cuda_version')


class MissingMMDet(types.ModuleType):
    """A module of MMDetection in which every name is an ImportError that says so."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        raise ImportError(
            f"'{self.__name__}.{name}' was asked for, but MMDetection is not installed: "
            'pip install --no-deps mmdet'
        )


class MissingOperators(types.ModuleType):
    """``mmcv._ext``, in which every operator exists, and all but one raise when called.

    MMCV looks operators up while ``mmcv.ops`` is imported, long before anything needs them, so a
    missing operator may only be reported by the call.
    """

    @staticmethod
    def deform_conv_forward(
        inputs: Tensor, weight: Tensor, offset: Tensor, output: Tensor, *buffers: Any, **sizes: int
    ) -> None:
        """Convolve at moved places, into ``output``: what DEKR needs, by torchvision's operator."""
        axes = (('dH', 'dW'), ('padH', 'padW'), ('dilationH', 'dilationW'))
        settings = [tuple(sizes[name] for name in pair) for pair in axes]
        output.copy_(deform_conv2d(inputs, offset, weight, None, *settings))

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')

        def missing_operator(*args: Any, **kwargs: Any) -> str:
            if name in _BUILD_FACTS:
                return 'n/a'
            raise RuntimeError(
                f'the compiled MMCV operator {name!r} is missing: this MMCV was installed without '
                'operators (mmcv-lite). Install the full package in its place: '
                'pip uninstall mmcv-lite; pip install openmim; mim install mmcv'
            )

        return missing_operator


def reduce_mean(tensor: Tensor) -> Tensor:
    """Return the mean of ``tensor`` (any shape) over all processes; the input stays as it is."""
    if get_world_size() == 1:
        return tensor
    mean = tensor.clone()
    all_reduce(mean, op='mean')
    return mean


def mmdet_stand_ins() -> dict[str, types.ModuleType]:
    """Return ``mmdet`` and ``mmdet.utils`` with the two names that MMPose's own models take."""
    package = MissingMMDet('mmdet')
    package.__path__ = []  # a package without files: every other submodule is "not found"
    package.utils = MissingMMDet('mmdet.utils')
    package.utils.ConfigType = ConfigDict | dict
    package.utils.reduce_mean = reduce_mean
    return {'mmdet': package, 'mmdet.utils': package.utils}


@contextlib.contextmanager
def stand_ins(modules: dict[str, types.ModuleType]) -> Iterator[None]:
    """Make ``modules`` importable inside the block only.

    MMEngine, MMPose and others ask the import system whether ``mmcv._ext`` or ``mmdet`` is there
    and act on it, so the truth has to be back before they ask. Whatever was imported inside keeps
    what it took.
    """
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            sys.modules.pop(name, None)


def import_mmpose_models() -> None:
    """Import ``mmcv.ops`` and ``mmpose.models`` with stand-ins for what is not installed.

    Nothing is imported or replaced where the real ``mmcv._ext`` and ``mmdet`` are installed.
    """
    missing: dict[str, types.ModuleType] = {}
    wanted = ['mmpose.models']
    if not _is_installed('mmcv._ext'):
        missing['mmcv._ext'] = MissingOperators('mmcv._ext')
        wanted.insert(0, 'mmcv.ops')
    if not _is_installed('mmdet'):
        missing.update(mmdet_stand_ins())
    if missing:
        with stand_ins(missing):
            for name in wanted:
                importlib.import_module(name)


def _is_installed(name: str) -> bool:
    return sys.modules.get(name) is not None or importlib.util.find_spec(name) is not None
