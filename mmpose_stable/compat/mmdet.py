"""The two names MMPose's own models take from MMDetection, for where MMDetection is absent."""

from __future__ import annotations

import types

import torch
from mmengine.config import ConfigDict
from mmengine.dist import all_reduce, get_world_size


def reduce_mean(tensor: torch.Tensor) -> torch.Tensor:
    """Return the mean of ``tensor`` (any shape) over all processes; the input stays as it is."""
    if get_world_size() == 1:
        return tensor
    mean = tensor.clone()
    all_reduce(mean, op='mean')
    return mean


class _AbsentMMDet(types.ModuleType):
    def __getattr__(self, name: str):
        if name.startswith('__'):
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        raise ImportError(
            f"'{self.__name__}.{name}' was asked for, but MMDetection is not installed: "
            'pip install --no-deps mmdet'
        )


def mmdet_stand_ins() -> dict[str, types.ModuleType]:
    """Return stand-ins for ``mmdet`` and ``mmdet.utils`` by import name.

    Any other name asked of them is an ImportError.
    """
    package = _AbsentMMDet('mmdet')
    package.__path__ = []  # a package without files: every other submodule is "not found"
    package.utils = _AbsentMMDet('mmdet.utils')
    package.utils.ConfigType = ConfigDict | dict
    package.utils.reduce_mean = reduce_mean
    return {'mmdet': package, 'mmdet.utils': package.utils}
