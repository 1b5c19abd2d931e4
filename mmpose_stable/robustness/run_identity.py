"""Which run this is: what decides its numbers, and what a reader wants to know about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

from mmpose_stable.codecs.other_decoder import decoder_name
from mmpose_stable.model_parts import decoder_of
from mmpose_stable.robustness.provenance import (
    hash_content,
    hash_file,
    hash_weights,
    plain,
    versions,
)


def describe_run(
    runner: Runner, model: nn.Module, dataset: Dataset, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parts of ``robustness.json`` that do not depend on predictions.

    Args:
        runner: Gives the config and the checkpoint's name.
        model: The model with its weights loaded.
        dataset: The test data set.
        settings: Settings of the loop and of its metric.
    """
    cfg = runner.cfg
    checkpoint = runner._load_from
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
    """Return one hash of all files that a data set reads labels and boxes from, None without any.

    Args:
        dataset: A data set of MMPose, or one that holds others (``CombinedDataset``).
    """
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


def identify_predictions(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a chunk of predictions has to share with the run that reads it.

    The data set's metrics are left out: they read predictions. One that fails can be mended, and
    the run resumed.
    """
    return {name: value for name, value in identity.items() if name != 'hashes.evaluator_config'}
