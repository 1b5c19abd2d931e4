"""Import MMPose's models where MMCV has no compiled operators or MMDetection is absent."""

import importlib
import importlib.util
import sys
import types
from typing import Any

from mmengine.config import ConfigDict
from mmengine.dist import all_reduce
from torch import Tensor
from torchvision.ops import deform_conv2d


class MissingOperators(types.ModuleType):
    """``mmcv._ext``, in which every operator exists, and all but one raise when called.

    MMCV looks operators up while ``mmcv.ops`` is imported, long before anything needs them.
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
        if name.startswith('__'):  # what Python itself looks for
            raise AttributeError(name)

        def missing_operator(*args: Any, **kwargs: Any) -> None:
            raise RuntimeError(
                f'the compiled MMCV operator {name!r} is missing: this MMCV was installed without '
                'operators (mmcv-lite). Install the full package in its place: '
                'pip uninstall mmcv-lite; pip install openmim; mim install mmcv'
            )

        return missing_operator


def reduce_mean(tensor: Tensor) -> Tensor:
    """Return the mean of ``tensor`` (any shape) over all processes; the input stays as it is."""
    mean = tensor.clone()
    all_reduce(mean, op='mean')
    return mean


def mmdet_stand_ins() -> dict[str, types.ModuleType]:
    """Return ``mmdet`` and ``mmdet.utils`` with the two names that MMPose's own models take."""
    package = types.ModuleType('mmdet')
    package.__path__ = []  # a package without files: every other submodule is "not found"
    package.utils = types.ModuleType('mmdet.utils')
    package.utils.ConfigType = ConfigDict | dict
    package.utils.reduce_mean = reduce_mean
    return {'mmdet': package, 'mmdet.utils': package.utils}


def import_mmpose_models() -> None:
    """Import ``mmcv.ops`` and ``mmpose.models`` with stand-ins for what is not installed.

    MMEngine and MMPose ask later whether ``mmcv._ext`` or ``mmdet`` is there, and get the truth.
    """
    missing: dict[str, types.ModuleType] = {}
    if not _is_installed('mmcv._ext'):
        missing['mmcv._ext'] = MissingOperators('mmcv._ext')
    if not _is_installed('mmdet'):
        missing.update(mmdet_stand_ins())
    if not missing:
        return
    sys.modules.update(missing)
    try:
        importlib.import_module('mmcv.ops')
        importlib.import_module('mmpose.models')
    finally:
        for name in missing:
            del sys.modules[name]


def _is_installed(name: str) -> bool:
    return sys.modules.get(name) is not None or importlib.util.find_spec(name) is not None
