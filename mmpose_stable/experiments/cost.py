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


def model_cost(cfg: Config, batches: tuple[int, ...] = (1, 8), repeats: int = 9) -> dict[str, Any]:
    """Return parameters, multiply-adds and images a second of the forward pass on this processor.

    Args:
        cfg: The config of a top-down model with random weights.
        batches: Batch sizes to time.
        repeats: Timed passes of each; the median counts.
    """
    init_default_scope('mmpose')
    model_cfg = cfg.model.copy()
    model_cfg.data_preprocessor = None
    model_cfg.backbone.init_cfg = None
    model = MODELS.build(model_cfg).eval()
    forward = _Forward(model)
    width, height = cfg.codec.input_size
    info = get_model_complexity_info(
        forward, inputs=(torch.zeros(1, 3, height, width),), show_table=False, show_arch=False
    )
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
        'parameters': sum(p.numel() for p in model.parameters()),
        'macs': int(info['flops']),
        'images_per_second': speed,
        'threads': torch.get_num_threads(),
    }
