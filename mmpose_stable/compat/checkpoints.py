"""Safe loading of the checkpoints that MMEngine reads, with any PyTorch.

From PyTorch 2.6 on, ``torch.load`` refuses what MMEngine 0.10 writes beside the weights; before, it
runs whatever code a checkpoint holds. Here, wherever MMEngine loads a checkpoint (test, resume,
``init_model``, pretrained weights), a closed list of types is read and everything else refused.
The message hub comes back whole, so the averages in the log continue over a resume.
``torch.load`` itself stays as it is.

What this does not cover: an inferencer that is given weights and no config runs the config text
stored with the weights as Python. Give it a config with weights of unknown origin.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import re
import tarfile
import types
from collections.abc import Callable
from typing import Any, BinaryIO
from urllib.parse import urlparse

import torch
from mmengine.runner import checkpoint as mmengine_checkpoint

from mmpose_stable.compat import safe_pickle
from mmpose_stable.compat.safe_pickle import UnsafePickleError

_ZIP_START = b'PK\x03\x04'


class DamagedCheckpointError(RuntimeError):
    """A file is no checkpoint, or is cut short."""


MapLocation = str | torch.device | dict | Callable | None


def _refuse_code_formats(stream: BinaryIO) -> None:
    """Refuse the two formats of ``torch.load`` that do more than unpickle tensors."""
    is_zip = stream.read(len(_ZIP_START)) == _ZIP_START
    stream.seek(0)
    if is_zip:
        # PyTorch's own reader: another one could see another list of files in a forged archive.
        try:
            records = torch._C.PyTorchFileReader(stream).get_all_records()
        except RuntimeError as error:
            raise pickle.UnpicklingError(str(error)) from error
        if 'constants.pkl' in records:
            raise UnsafePickleError('TorchScript, a program')
    elif tarfile.is_tarfile(stream):
        raise UnsafePickleError('a tar archive, a format PyTorch gave up before 1.0')
    stream.seek(0)


def load(
    file: str | os.PathLike | BinaryIO,
    map_location: MapLocation = None,
    weights_only: bool = True,
) -> Any:
    """Load a checkpoint without running code from it.

    Args:
        weights_only: Taken because newer callers pass it, and ignored: loading is always safe.

    Raises:
        UnsafePickleError: The file asks for something no checkpoint of MMEngine consists of.
        DamagedCheckpointError: The file is no checkpoint, or is cut short.
    """
    try:
        if hasattr(file, 'read'):
            _refuse_code_formats(file)
        else:
            with open(file, 'rb') as stream:
                _refuse_code_formats(stream)
        checkpoint = torch.load(
            file, map_location=map_location, pickle_module=safe_pickle, weights_only=False
        )
    except UnsafePickleError as error:
        raise UnsafePickleError(
            f'{file} is refused: it holds {error}, and loading that could run code. A checkpoint '
            'may hold tensors, numbers, text, containers, NumPy arrays of these, and the log '
            'histories of MMEngine. If you trust its author, reduce it to its weights once: '
            'checkpoint = torch.load(path, weights_only=False); '
            "torch.save({'state_dict': checkpoint['state_dict']}, new_path)"
        ) from None
    except (EOFError, pickle.UnpicklingError) as error:
        raise DamagedCheckpointError(
            f'{file} is no checkpoint, or a damaged one: {error}'
        ) from error
    if isinstance(checkpoint, dict) and isinstance(checkpoint.get('meta'), dict):
        # Runner.resume executes this text as Python. MMEngine itself writes `cfg`, not `config`.
        checkpoint['meta'].pop('config', None)
    return checkpoint


def load_url(
    url: str,
    model_dir: str | None = None,
    map_location: MapLocation = None,
    progress: bool = True,
) -> Any:
    """Download a checkpoint once into ``model_dir`` (PyTorch's hub cache) and load it safely.

    A name that ends in a hash of the content, as those of OpenMMLab and torchvision do, is kept.
    Another may be that of many files, so a hash of the address goes before it.

    Raises:
        ValueError: The address names no file.
    """
    folder = model_dir or os.path.join(torch.hub.get_dir(), 'checkpoints')
    os.makedirs(folder, exist_ok=True)
    name = os.path.basename(urlparse(url).path)
    if not name:
        raise ValueError(f'expected the address of a checkpoint file, got {url!r}')
    if not re.search(r'-[0-9a-f]{8,}(_\d{8})?\.\w+$', name):
        name = f'{hashlib.sha256(url.encode()).hexdigest()[:8]}-{name}'
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        torch.hub.download_url_to_file(url, path, progress=progress)
    return load(path, map_location)


def install_safe_loading() -> None:
    """Make MMEngine's checkpoint module load through :func:`load`.

    That module's own names are replaced (``torch`` by a view of it with another ``load``), and
    nothing outside of it.
    """
    view = types.ModuleType('torch', 'PyTorch with the safe load of mmpose_stable.')
    view.__getattr__ = functools.partial(getattr, torch)
    view.load = load
    mmengine_checkpoint.torch = view
    mmengine_checkpoint.load_url = load_url
