"""Models from config files with random weights, and one-thread runs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import nn

importlib.import_module('mmpose_stable')


class BuiltModel(NamedTuple):
    """A model in evaluation mode without flip test, and its input's (width, height) in pixels."""

    config: str
    model: nn.Module
    input_size: tuple[int, int]


def remove_initialisers(value: Any) -> None:
    """Remove every ``init_cfg`` of a nested config in place, so that nothing is downloaded."""
    if isinstance(value, dict):
        value.pop('init_cfg', None)
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            remove_initialisers(item)


def build_from_config(file: str | Path, **backbone: Any) -> BuiltModel:
    """Build the model of a config file, with settings of its backbone changed."""
    config = Config.fromfile(file)
    config.model.backbone.update(backbone)
    init_default_scope('mmpose')
    remove_initialisers(config.model)
    config.model.test_cfg = {**config.model.get('test_cfg', {}), 'flip_test': False}
    model = MODELS.build(config.model).eval()
    return BuiltModel(Path(file).stem, model, tuple(model.head.decoder.input_size))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
