"""What made a result: versions, hashes, and one fingerprint of all that decides its numbers."""

from __future__ import annotations

import hashlib
import importlib
import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmpose_stable.version import __version__

_PACKAGES = ('torch', 'numpy', 'cv2', 'scipy', 'mmengine', 'mmcv', 'mmpose')


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python and of what the numbers depend on."""
    found = {'mmpose_stable': __version__, 'python': platform.python_version()}
    for name in _PACKAGES:
        found[name] = str(importlib.import_module(name).__version__)
    return found


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def hash_weights(model: torch.nn.Module) -> str:
    """Return the SHA-256 of a model's parameters and buffers, names included."""
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        if isinstance(value, torch.Tensor):
            array = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
            digest.update(f'{name}{tuple(value.shape)}{value.dtype}'.encode())
            digest.update(array.data)
    return digest.hexdigest()


def hash_arrays(arrays: Iterable[np.ndarray]) -> str:
    """Return the SHA-256 of arrays, shapes and types included."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f'{array.shape}{array.dtype}'.encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def hash_content(content: Any) -> str:
    """Return the SHA-256 of a nested structure such as a config."""
    return hashlib.sha256(json.dumps(plain(content), sort_keys=True).encode()).hexdigest()


def plain(content: Any) -> Any:
    """Return a nested structure with everything but numbers and text turned into text."""
    if content is None or isinstance(content, (bool, int, float, str)):
        return content
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [plain(value) for value in content]
    if isinstance(content, np.ndarray):
        return content.tolist()
    if isinstance(content, np.generic):
        return content.item()
    # A default repr() carries an address that changes from process to process.
    return f'{type(content).__module__}.{type(content).__qualname__}'


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Return the hash by which a resumed run knows its own files."""
    return hash_content(parts)


def differences(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return one line for each part of two fingerprints that differs."""
    mine, other = plain(mine), plain(other)
    return [
        f'{key}: {other.get(key)!r} there, {mine.get(key)!r} here'
        for key in sorted(set(mine) | set(other))
        if mine.get(key) != other.get(key)
    ]
