"""Models from config files with random weights, and one-thread runs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.analysis import FlopAnalyzer
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import Tensor, nn

importlib.import_module('mmpose_stable')


class BuiltModel(NamedTuple):
    """A model in evaluation mode without flip test, and its input's (width, height) in pixels."""

    config: str
    model: nn.Module
    input_size: tuple[int, int]


class TensorMode(nn.Module):
    """The network alone: images to maps, without decoding."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """Return what the head predicts for normalised images (B, 3, H, W)."""
        return self.model(images, None, mode='tensor')


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


def count_macs(model: nn.Module, input_size: tuple[int, int]) -> int:
    """Return the multiply-adds of one image by MMEngine's counter."""
    image = torch.zeros(1, 3, input_size[1], input_size[0])
    with torch.no_grad():
        counter = FlopAnalyzer(TensorMode(model), (image,))
        return int(
            counter.unsupported_ops_warnings(False)
            .uncalled_modules_warnings(False)
            .tracer_warnings('none')
            .total()
        )


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
