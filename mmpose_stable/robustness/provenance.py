"""Which run this is: versions, hashes, what decides its numbers and what a reader asks of it."""

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


def sha256(parts: Iterable[Any]) -> str:
    """Return the SHA-256 of bytes or arrays one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, 'rb') as file:
        return sha256(iter(lambda: file.read(1 << 20), b''))


def hash_weights(model: nn.Module) -> str:
    """Return the SHA-256 of a model's parameters and buffers, names included."""

    def parts() -> Iterator[Any]:
        for name, value in sorted(model.state_dict().items()):
            yield f'{name}{tuple(value.shape)}{value.dtype}'.encode()
            flat = value.detach().cpu().contiguous().reshape(-1)
            yield flat.view(torch.uint8).numpy()

    return sha256(parts())


def hash_content(content: Any) -> str:
    """Return the SHA-256 of a nested structure such as a config."""
    return sha256([json.dumps(plain(content), sort_keys=True).encode()])


def plain(content: Any) -> Any:
    """Return a nested structure as JSON gives it back; a class stands for itself and its objects.

    The usual text of an object carries an address, which changes from process to process.
    """

    def encoded(value: Any) -> Any:
        if isinstance(value, (np.ndarray, np.generic)):
            return value.tolist()
        kind = value if isinstance(value, type) else type(value)
        return f'{kind.__module__}.{kind.__qualname__}'

    return json.loads(json.dumps(content, default=encoded))


def differences(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return one line for each part of two identities that differs."""
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
    description = {
        'settings': settings,
        'model': {
            'name': Path(cfg.filename).stem if cfg.filename else type(model.head).__name__,
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
            'skeleton': dataset.metainfo.get('skeleton_links', ()),
        },
        'hashes': {
            'model_config': hash_content(cfg.model),
            'dataset_config': hash_content(cfg.test_dataloader.dataset),
            'evaluator_config': hash_content(cfg.test_evaluator),
            'weights': hash_weights(model),
            'annotations': hash_annotations(dataset),
        },
        'versions': versions(),
    }
    return plain(description)


def identify_run(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result has to share with the run that takes it for its own, by name."""
    identity = {
        f'{part}.{key}': value
        for part in ('settings', 'hashes', 'versions')
        for key, value in description[part].items()
    }
    # What was given is in the config of the evaluators; a result has what it came to.
    identity.pop('settings.count_unlabelled', None)
    return {**identity, 'model.device': description['model']['device']}


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
