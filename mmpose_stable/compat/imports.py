"""Import MMPose's models where MMCV has no compiled operators or MMDetection is absent."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

from mmpose_stable.compat.mmdet import mmdet_stand_ins
from mmpose_stable.compat.operators import operator_stand_ins


def _is_installed(name: str) -> bool:
    return sys.modules.get(name) is not None or importlib.util.find_spec(name) is not None


@contextlib.contextmanager
def stand_ins(modules: dict[str, ModuleType]) -> Iterator[None]:
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
    missing: dict[str, ModuleType] = {}
    wanted: list[str] = []
    if not _is_installed('mmcv._ext'):
        missing.update(operator_stand_ins())
        wanted.append('mmcv.ops')
    if not _is_installed('mmdet'):
        missing.update(mmdet_stand_ins())
    if missing:
        with stand_ins(missing):
            for name in [*wanted, 'mmpose.models']:
                importlib.import_module(name)
