"""Safe loading of the checkpoints that MMEngine reads.

From PyTorch 2.6 on, ``torch.load`` refuses what MMEngine 0.10 writes beside the weights. Here,
wherever MMEngine loads a checkpoint, PyTorch's restricted loading also builds the NumPy values and
log histories of MMEngine, and nothing else. ``torch.load`` itself stays as it is. With PyTorch
before 2.6, whose restricted loading could run code (CVE-2025-32434), MMEngine loads as it would
alone.

What this does not cover: an inferencer that is given weights and no config runs the config text
stored with the weights as Python. Give it a config with weights of unknown origin.
"""

import functools
import os
import re
import types
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any, BinaryIO

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint as mmengine_checkpoint

from mmpose_stable.compat.requirements import release


class CheckpointError(RuntimeError):
    """A file is no checkpoint, is cut short, or asks for more than data."""


class _Loading:
    """Takes the place of an object while a file is read; ``value`` is the object.

    NumPy's own types set any state that a file gives, so that a forged one could misread memory.
    """

    value: Any = None


class _DType(_Loading):
    """A NumPy type of numbers or text; one of objects could hold pointers."""

    def __init__(self, code: str, align: bool = False, copy: bool = False) -> None:
        self.value = np.dtype(str(code))
        if self.value.kind not in 'biufcSU':
            raise UnpicklingError(f'the NumPy type {code!r}')

    def __setstate__(self, state: tuple) -> None:
        self.value = self.value.newbyteorder(state[1])


class _Array(_Loading):
    def __init__(self, array_type: type, shape: tuple[int, ...], code: bytes) -> None:
        pass

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, is_fortran, data = state
        if not isinstance(data, bytes):
            raise UnpicklingError('a NumPy array of objects')
        order = 'F' if is_fortran else 'C'
        self.value = np.ndarray(shape, dtype.value, data, order=order).copy(order)


class _History(_Loading):
    def __setstate__(self, state: dict) -> None:
        logs, counts = state['_log_history'].value, state['_count_history'].value
        self.value = HistoryBuffer(logs, counts, state['max_length'])


def _scalar(dtype: _DType, data: bytes) -> np.generic:
    return np.frombuffer(data, dtype.value, 1)[0]


def _statistics_method(owner: type, name: str) -> None:
    """Take the place of ``getattr(HistoryBuffer, name)``; a buffer has these from its class."""
    if owner is not _History or name not in ('min', 'max', 'current', 'mean'):
        raise UnpicklingError('getattr')


# Beside what PyTorch allows itself: what is built, and the name that it has in a file.
_ALLOWED = [
    bytes,  # how empty ones are written
    (_DType, 'numpy.dtype'),
    (_Array, 'numpy.ndarray'),
    (_Array, 'numpy.core.multiarray._reconstruct'),  # NumPy 1
    (_Array, 'numpy._core.multiarray._reconstruct'),  # NumPy 2
    (_scalar, 'numpy.core.multiarray.scalar'),
    (_scalar, 'numpy._core.multiarray.scalar'),
    (_History, 'mmengine.logging.history_buffer.HistoryBuffer'),
    (_statistics_method, 'builtins.getattr'),
]


def _finished(content: Any) -> Any:
    """Return what was read with the objects themselves; containers change in place."""
    if isinstance(content, _Loading):
        return content.value
    if isinstance(content, dict):
        for key in content:
            content[key] = _finished(content[key])
    elif isinstance(content, list):
        content[:] = map(_finished, content)
    elif type(content) is tuple:
        return tuple(map(_finished, content))
    return content


def _read(source: Any, read: Callable[[], Any]) -> Any:
    """Return the content of a checkpoint, read in PyTorch's restricted way."""
    try:
        with torch.serialization.safe_globals(_ALLOWED):
            checkpoint = _finished(read())
    except OSError:
        raise
    except Exception as error:  # a damaged file raises almost anything
        # Of PyTorch's message what is wrong alone; its advice is to load all the same.
        said = re.split(r'WeightsUnpickler error:|trusted source\.', str(error))[-1].strip()
        said = re.split(r'\n|\.? Please use', said)[0]
        raise CheckpointError(
            f'{source} is refused: {said.rstrip(".") or type(error).__name__}. It is damaged, or '
            'it holds more than data, and loading that could run code. If you trust its author, '
            'reduce it to its weights once: '
            'checkpoint = torch.load(path, weights_only=False); '
            "torch.save({'state_dict': checkpoint['state_dict']}, new_path)"
        ) from None
    if isinstance(checkpoint, dict) and isinstance(checkpoint.get('meta'), dict):
        # Runner.resume executes this text as Python. MMEngine itself writes `cfg`, not `config`.
        checkpoint['meta'].pop('config', None)
    return checkpoint


def load(
    file: str | os.PathLike | BinaryIO,
    map_location: Any = None,
    weights_only: bool = True,
) -> Any:
    """Load a checkpoint without running code from it.

    Args:
        weights_only: Ignored; loading is always safe.

    Raises:
        CheckpointError: The file asks for something no checkpoint of MMEngine consists of, is no
            checkpoint, or is cut short.
    """
    return _read(file, lambda: torch.load(file, map_location, weights_only=True))


def load_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
) -> Any:
    """Download a checkpoint once into ``model_dir`` (PyTorch's hub cache), and :func:`load` it."""
    download = torch.hub.load_state_dict_from_url
    arguments = url, model_dir, map_location, progress
    return _read(url, lambda: download(*arguments, weights_only=True))


def install_safe_loading() -> None:
    """Make MMEngine's checkpoint module, and nothing outside of it, load as :func:`load` does."""
    if release(torch.__version__) < (2, 6):
        return
    view = types.ModuleType('torch', 'PyTorch with the safe load of mmpose_stable.')
    view.__getattr__ = functools.partial(getattr, torch)
    view.load = load
    mmengine_checkpoint.torch = view
    mmengine_checkpoint.load_url = load_url
