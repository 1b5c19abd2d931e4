"""Which run this is: versions, hashes, what decides its numbers and what a reader asks of it."""

from __future__ import annotations

import hashlib
import importlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

from mmpose_stable.codecs.other_decoder import decoder_name
from mmpose_stable.model_parts import decoder_of
from mmpose_stable.version import __version__

_PACKAGES = ('torch', 'numpy', 'cv2', 'scipy', 'mmengine', 'mmcv', 'mmpose')


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python and of what the numbers depend on."""
    own = {'mmpose_stable': __version__, 'python': platform.python_version()}
    return own | {name: str(importlib.import_module(name).__version__) for name in _PACKAGES}


def _hash(parts: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, 'rb') as file:
        return _hash(iter(lambda: file.read(1 << 20), b''))


def hash_weights(model: nn.Module) -> str:
    """Return the SHA-256 of a model's parameters and buffers, names included."""

    def parts() -> Iterator[Any]:
        for name, value in sorted(model.state_dict().items()):
            if isinstance(value, torch.Tensor):
                yield f'{name}{tuple(value.shape)}{value.dtype}'.encode()
                flat = value.detach().cpu().contiguous().reshape(-1)
                yield flat.view(torch.uint8).numpy().data

    return _hash(parts())


def hash_arrays(arrays: Iterable[np.ndarray]) -> str:
    """Return the SHA-256 of arrays, shapes and types included."""
    return _hash(
        part
        for array in arrays
        for part in (f'{array.shape}{array.dtype}'.encode(), np.ascontiguousarray(array).data)
    )


def hash_content(content: Any) -> str:
    """Return the SHA-256 of a nested structure such as a config."""
    return _hash([json.dumps(plain(content), sort_keys=True).encode()])


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


def differences(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return one line for each part of two fingerprints that differs."""
    mine, other = plain(mine), plain(other)
    return [
        f'{key}: {other.get(key)!r} there, {mine.get(key)!r} here'
        for key in sorted(set(mine) | set(other))
        if mine.get(key) != other.get(key)
    ]


def describe_run(
    runner: Runner, model: nn.Module, dataset: Dataset, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parts of ``robustness.json`` that do not depend on predictions."""
    cfg, checkpoint = runner.cfg, runner._load_from
    is_file = bool(checkpoint) and Path(checkpoint).is_file()
    name = Path(cfg.filename).stem if cfg.filename else type(model.head).__name__
    return {
        'settings': plain(settings),
        'model': {
            'name': name,
            'estimator': type(model).__name__,
            'backbone': type(model.backbone).__name__,
            'head': type(model.head).__name__,
            'decoder': decoder_name(decoder_of(model)),
            'flip_test': bool((model.test_cfg or {}).get('flip_test', False)),
            'device': next(model.parameters()).device.type,
            'checkpoint': Path(checkpoint).name if checkpoint else None,
        },
        'dataset': {
            'name': dataset.metainfo.get('dataset_name', type(dataset).__name__),
            'type': type(dataset).__name__,
            'samples': len(dataset),
            'skeleton': [list(link) for link in dataset.metainfo.get('skeleton_links', ())],
        },
        'hashes': {
            'model_config': hash_content(cfg.get('model')),
            'dataset_config': hash_content((cfg.get('test_dataloader') or {}).get('dataset')),
            'evaluator_config': hash_content(cfg.get('test_evaluator')),
            'weights': hash_weights(model),
            'checkpoint': hash_file(checkpoint) if is_file else None,
            'annotations': hash_annotations(dataset),
        },
        'versions': versions(),
    }


def hash_annotations(dataset: Dataset) -> str | None:
    """Return one hash of all files of labels and boxes of a data set, None without any."""
    hashes = [hash_file(path) for path in annotation_files(dataset)]
    return hash_content(hashes) if len(hashes) > 1 else hashes[0] if hashes else None


def annotation_files(dataset: Any) -> Iterator[Path]:
    """Yield the files of labels and boxes of a data set and of those that it holds."""
    for key in ('ann_file', 'bbox_file', 'headbox_file'):
        path = getattr(dataset, key, None)
        if path and Path(path).is_file():
            yield Path(path)
    inner = getattr(dataset, 'dataset', None)
    for part in [*getattr(dataset, 'datasets', ()), *([inner] if inner is not None else [])]:
        yield from annotation_files(part)


def identify_run(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result has to share with the run that takes it for its own, by name.

    The checkpoint file is left out: its weights count, not how they are stored.
    """
    identity = {
        f'{part}.{key}': value
        for part in ('settings', 'hashes', 'versions', 'dataset')
        for key, value in description[part].items()
    }
    identity.pop('hashes.checkpoint')
    return {**identity, 'model.device': description['model']['device']}
