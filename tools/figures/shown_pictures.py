"""Test samples of a model's config, clean and perturbed, as a robustness run sees them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from torch.utils.data import Dataset

from mmpose_stable.config_parts import type_name
from mmpose_stable.robustness.copies import CopiesPipeline
from mmpose_stable.robustness.selection import Cell


def open_test_set(
    cfg: Config, cells: Sequence[Cell], seed: int = 0, targets: bool = False
) -> Dataset:
    """Return the test set of a config; its samples are what ``CopiesPipeline`` returns.

    Crops are perturbed as ``mmpose-stable test --robustness`` perturbs them with the same seed,
    and with the ``frost_folder`` of ``test_cfg``.

    Args:
        cfg: A top-down config.
        cells: Perturbations.
        seed: Their seed.
        targets: Add the targets of the head's loss, by the training pipeline's encoder.

    Raises:
        ValueError: The test pipeline cannot be perturbed, or there is no encoder.
    """
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    config = copy.deepcopy(cfg.test_dataloader.dataset)
    if targets:
        pack = next(
            (at for at, step in enumerate(config.pipeline) if type_name(step).startswith('Pack')),
            None,
        )
        if pack is None:
            raise ValueError(
                '`test_dataloader.dataset.pipeline` should end with PackPoseInputs, got '
                f'{[type_name(step) for step in config.pipeline]}'
            )
        config.pipeline = [*config.pipeline[:pack], encoding(cfg), *config.pipeline[pack:]]
    dataset = DATASETS.build(config)
    dataset.full_init()
    options = cfg.get('test_cfg') or {}
    dataset.pipeline = CopiesPipeline(
        dataset.pipeline.transforms,
        cells,
        'crop',
        seed,
        options.get('frost_folder'),
    )
    return dataset


def encoding(cfg: Config) -> dict[str, Any]:
    """Return the step that makes targets: the training pipeline's, or one with the head's decoder.

    Raises:
        ValueError: The config has neither.
    """
    training = (cfg.get('train_dataloader') or {}).get('dataset', {}).get('pipeline') or ()
    for step in training:
        if type_name(step) == 'GenerateTarget':
            return copy.deepcopy(step)
    decoder = cfg.model.get('head', {}).get('decoder')
    if not decoder:
        raise ValueError(
            'the loss needs targets: expected `GenerateTarget` in '
            '`train_dataloader.dataset.pipeline`, or `model.head.decoder`'
        )
    return {'type': 'GenerateTarget', 'encoder': copy.deepcopy(decoder)}


def named_pictures(dataset: Dataset, indices: Sequence[int]) -> list[str]:
    """Return what tells samples apart: the picture, from the data's folder on, and the sample's id.

    Raises:
        ValueError: An index is not that of a sample.
    """
    wrong = [index for index in indices if not 0 <= index < len(dataset)]
    if wrong:
        raise ValueError(f'--index: expected 0 to {len(dataset) - 1} (the test set), got {wrong}')
    root = str(getattr(dataset, 'data_root', None) or '')
    names = []
    for index in indices:
        info = dataset.get_data_info(index)
        path = str(info.get('img_path')).removeprefix(root).lstrip('/')
        names.append(f'{path} (id {info.get("id", index)})')
    return names


def check_same_pictures(pictures: Mapping[str, Sequence[str]], indices: Sequence[int]) -> None:
    """Check that the test sets of all models have the same samples at the chosen indices.

    Args:
        pictures: What :func:`named_pictures` returns of each model's test set, by its name.
        indices: The indices that were named.

    Raises:
        ValueError: They differ, so pictures side by side would compare nothing.
    """
    (first, expected), *others = pictures.items()
    for name, found in others:
        for index, one, other in zip(indices, expected, found, strict=True):
            if one != other:
                raise ValueError(
                    f'--index {index}: expected the same sample in the test sets of all models, '
                    f'got {one} for {first} and {other} for {name}; give both configs the same '
                    '`test_dataloader.dataset`'
                )
