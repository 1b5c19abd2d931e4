"""What a model costs: parameters, multiply-adds, images a second."""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch import Tensor, nn


class _Forward(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Any:
        return self.model(images, None, mode='tensor')


def build_plain(cfg: Config) -> nn.Module:
    """Return a config's model with random weights, in evaluation mode, without preprocessing."""
    init_default_scope('mmpose')
    model_cfg = cfg.model.copy()
    model_cfg.data_preprocessor = None
    model_cfg.backbone.pop('init_cfg', None)
    return MODELS.build(model_cfg).eval()


def count(model: nn.Module, input_size: tuple[int, int]) -> dict[str, int]:
    """Return ``parameters`` and ``macs``, multiply-adds of one picture on MMEngine's counter.

    Args:
        model: A pose estimator.
        input_size: Width and height of the network's input in pixels.
    """
    width, height = input_size
    info = get_model_complexity_info(
        _Forward(model),
        inputs=(torch.zeros(1, 3, height, width),),
        show_table=False,
        show_arch=False,
    )
    return {'parameters': sum(p.numel() for p in model.parameters()), 'macs': int(info['flops'])}


def model_cost(cfg: Config, batches: tuple[int, ...] = (1, 8), repeats: int = 9) -> dict[str, Any]:
    """Return parameters, multiply-adds and images a second of the forward pass on this processor.

    Args:
        cfg: The config of a top-down model; its weights do not matter.
        batches: Batch sizes to time.
        repeats: Timed passes of each; the median counts.
    """
    model = build_plain(cfg)
    forward = _Forward(model)
    width, height = cfg.codec.input_size
    speed = {}
    for batch in batches:
        images = torch.zeros(batch, 3, height, width)
        seconds = []
        with torch.inference_mode():
            forward(images)
            for _ in range(repeats):
                start = time.perf_counter()
                forward(images)
                seconds.append(time.perf_counter() - start)
        speed[str(batch)] = batch / statistics.median(seconds)
    return {
        **count(model, (width, height)),
        'images_per_second': speed,
        'threads': torch.get_num_threads(),
    }
