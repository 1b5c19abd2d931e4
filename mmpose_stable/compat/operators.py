"""A placeholder for MMCV's compiled operators (``mmcv._ext``) where MMCV came without them."""

from __future__ import annotations

import types

# MMCV's environment report calls these two; it prints 'n/a' itself where operators are missing.
_BUILD_FACTS = ('get_compiler_version', 'get_compiling_cuda_version')


class MissingOperators(types.ModuleType):
    """Module in which every operator exists and raises when called.

    MMCV looks operators up while ``mmcv.ops`` is imported, long before anything needs them, so a
    missing operator may only be reported by the call.
    """

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
