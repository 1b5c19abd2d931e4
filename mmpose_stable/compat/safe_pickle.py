"""An unpickler that builds what a checkpoint of MMEngine consists of, and nothing else.

It imports nothing and looks nothing up: a pickle's globals are keys of one closed table, whose
values are plain containers, PyTorch's own tensor builders, or functions of this file. What a pickle
may set on an object is closed in the same way. The module has the two names that ``torch.load``
expects of its ``pickle_module``: :class:`Unpickler` and :func:`load`.

PyTorch's own restricted loading cannot take its place: its list of globals can be
extended from PyTorch 2.4 on only, and no version closes what a pickle sets on NumPy types.
"""

from __future__ import annotations

import pickle
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO, ClassVar

import numpy as np
import torch
from mmengine.logging import HistoryBuffer


class UnsafePickleError(pickle.UnpicklingError):
    """A pickle asks for something that is no part of a checkpoint."""


def _encode(text: str, encoding: str) -> bytes:
    """Build bytes, which protocol 2 writes as Latin-1 text."""
    if encoding != 'latin1':
        raise UnsafePickleError(f'the text encoding {encoding!r}')
    return text.encode('latin1')


def _dtype(code: str, align: bool = False, copy: bool = False) -> np.dtype:
    """Build a NumPy type of numbers or text; one of objects could hold pointers."""
    dtype = np.dtype(str(code), copy=True)
    if dtype.kind not in 'biufcSU':
        raise UnsafePickleError(f'the NumPy type {code!r}')
    return dtype


def _scalar(dtype: np.dtype, data: bytes) -> np.generic:
    return np.frombuffer(data, dtype=dtype, count=1)[0]


def _empty_array(array_type: None, shape: tuple[int, ...], code: bytes) -> np.ndarray:
    """Build the array that the state that follows in the pickle fills."""
    return np.empty(0, np.uint8)


def _statistics_method(owner: type, name: str) -> None:
    """Take the place of ``getattr(HistoryBuffer, name)``, looking nothing up.

    A history buffer is pickled with its class's statistics; it gets them back from the class.
    """
    if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
        raise UnsafePickleError('builtins.getattr')


# Protocol 2, which torch.save writes, says `__builtin__` for Python 3's `builtins`.
_GLOBALS: dict[tuple[str, str], Any] = {
    ('collections', 'OrderedDict'): OrderedDict,
    ('collections', 'Counter'): Counter,
    ('_codecs', 'encode'): _encode,
    ('torch', 'Size'): torch.Size,
    ('torch', 'device'): torch.device,
    ('torch._utils', '_rebuild_tensor'): torch._utils._rebuild_tensor,
    ('torch._utils', '_rebuild_tensor_v2'): torch._utils._rebuild_tensor_v2,
    ('torch._utils', '_rebuild_parameter'): torch._utils._rebuild_parameter,
    ('numpy', 'dtype'): _dtype,
    ('numpy', 'ndarray'): None,  # named by every array, called by none
    ('mmengine.logging.history_buffer', 'HistoryBuffer'): HistoryBuffer,
}
for _name, _value in vars(torch).items():
    if isinstance(_value, torch.dtype):
        _GLOBALS['torch', _name] = _value
for _builtins in ('builtins', '__builtin__'):
    _GLOBALS[_builtins, 'getattr'] = _statistics_method
    for _type in (set, frozenset, complex, bytes):  # `bytes` is how empty ones are written
        _GLOBALS[_builtins, _type.__name__] = _type
for _multiarray in ('numpy.core.multiarray', 'numpy._core.multiarray'):  # NumPy 1, NumPy 2
    _GLOBALS[_multiarray, '_reconstruct'] = _empty_array
    _GLOBALS[_multiarray, 'scalar'] = _scalar


def _fill_array(array: np.ndarray, state: tuple) -> None:
    version, shape, dtype, is_fortran, data = state
    if not (isinstance(dtype, np.dtype) and isinstance(data, bytes)):
        raise UnsafePickleError('a NumPy array of objects')
    array.__setstate__((version, shape, dtype, is_fortran, data))


def _set_byte_order(dtype: np.dtype, state: tuple) -> None:
    """Set the byte order alone: sizes and flags taken from a file could misread memory."""
    sizes = (dtype.itemsize, dtype.alignment) if dtype.kind in 'SU' else (-1, -1)
    dtype.__setstate__((3, state[1], None, None, None, *sizes, 0))


def _set_metadata(state_dict: OrderedDict, state: dict) -> None:
    """Set the module versions that PyTorch attaches to a state dict."""
    if set(state) != {'_metadata'}:
        raise UnsafePickleError(f'an OrderedDict with the attributes {sorted(state)}')
    state_dict._metadata = state['_metadata']


def _fill_history(history: HistoryBuffer, state: dict) -> None:
    history.__init__(state['_log_history'], state['_count_history'], state['max_length'])


_STATE_SETTERS: dict[type, Callable[[Any, Any], None]] = {
    np.ndarray: _fill_array,
    OrderedDict: _set_metadata,
    HistoryBuffer: _fill_history,
}


class _Instructions(dict):
    def __missing__(self, code: int) -> None:
        raise pickle.UnpicklingError(f'{code:#x} is no instruction of a pickle')


class Unpickler(pickle._Unpickler):
    """The Python implementation of :class:`pickle.Unpickler` with closed tables.

    The C one cannot be told which objects a pickle may set attributes on.
    """

    dispatch: ClassVar = _Instructions(pickle._Unpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        """Return the entry of the closed table; no module is imported."""
        try:
            return _GLOBALS[module, name]
        except KeyError:
            raise UnsafePickleError(f'{module}.{name}') from None

    def get_extension(self, code: int) -> None:
        """Refuse the global registry of extension codes, which bypasses :meth:`find_class`."""
        raise UnsafePickleError(f'the pickle extension {code}')

    def load_build(self) -> None:
        """Set the state of the last object if it is of a known type."""
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, np.dtype):  # each NumPy type has a class of its own
            _set_byte_order(target, state)
            return
        if type(target) not in _STATE_SETTERS:
            raise UnsafePickleError(f'setting the state of a {type(target).__name__}')
        _STATE_SETTERS[type(target)](target, state)

    dispatch[pickle.BUILD[0]] = load_build


def load(file: BinaryIO, **options: Any) -> Any:
    """Read one pickled object; ``options`` as for :class:`pickle.Unpickler`."""
    return Unpickler(file, **options).load()
