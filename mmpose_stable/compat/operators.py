"""Stand-ins for MMCV's compiled operators where MMCV was installed without them."""

from __future__ import annotations

import importlib.util
import sys
import types


class _MissingOperators(types.ModuleType):
    def __getattr__(self, name: str):
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args, **kwargs):
            raise RuntimeError(f'the MMCV operator {name!r} is not compiled in this installation')

        return missing


def install_stand_ins() -> None:
    """Put a placeholder where ``mmcv._ext`` is missing."""
    if 'mmcv._ext' not in sys.modules and importlib.util.find_spec('mmcv._ext') is None:
        sys.modules['mmcv._ext'] = _MissingOperators('mmcv._ext')
