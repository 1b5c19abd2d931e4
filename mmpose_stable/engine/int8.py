"""Prediction in 8-bit numbers: faster than --fast, and keypoints move a little."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import print_log
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import DATASETS
from torch import Tensor, nn
from torch.utils.data import Dataset

from mmpose_stable.datasets import check_configured_files
from mmpose_stable.engine.onnx_network import Network, network_replaced, runtime_function, traced
from mmpose_stable.export.int8 import quantised
from mmpose_stable.model_parts import pose_head, replaced

PICTURES, BATCH = 128, 16


@contextmanager
def int8_prediction(model: nn.Module, batches: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Let a top-down model on a processor predict in 8-bit numbers, and log what this moves.

    ONNX Runtime runs the network; :func:`.quantised` says what stays in float32.

    Args:
        batches: Collated samples of the test pipeline; no label is read.

    Raises:
        ValueError: The model cannot run so; the message says why.
    """
    device = next(model.parameters()).device.type
    top_down = isinstance(model, TopdownPoseEstimator) and pose_head(model.head) is model.head
    if not top_down or device != 'cpu':
        raise ValueError(
            '--int8: expected a top-down model that predicts no visibility, on a processor; got '
            f'{type(model).__name__} with {type(model.head).__name__} on {device}. Leave --int8 '
            'out, or hide the GPU (CUDA_VISIBLE_DEVICES=-1)'
        )
    before = input_keypoints(model, batches)
    try:
        network = int8_network(model, batches)
    except ImportError:
        raise
    except Exception as error:  # those of the exporter and of ONNX Runtime have no class in common
        raise ValueError(
            f'--int8: this network cannot be turned into 8-bit numbers ({error}); leave --int8 out'
        ) from error
    with network_replaced(model, network), replaced(model, 'fast_way', 'int8'):
        moved = np.linalg.norm(input_keypoints(model, batches) - before, axis=-1)
        print_log(
            f'--int8: on the {len(moved)} pictures that set the ranges, keypoints are '
            f'{moved.mean():.2f} px of the input from those of float32 on average, and '
            f'{(moved > 1).mean():.1%} are more than 1 px from them',
            logger='current',
            level=logging.INFO,
        )
        yield


def calibration_batches(cfg: Config) -> list[dict[str, Any]]:
    """Return up to 128 pictures, evenly spread, of a config's validation set, else its test set."""
    loader = cfg.get('val_dataloader') or cfg.test_dataloader
    check_configured_files(loader.dataset)
    dataset = DATASETS.build(loader.dataset)
    return collated(dataset, np.unique(np.linspace(0, len(dataset) - 1, PICTURES).astype(int)))


def collated(dataset: Dataset, indices: Sequence[int]) -> list[dict[str, Any]]:
    """Return samples of a data set in batches."""
    return [
        pseudo_collate([dataset[int(at)] for at in indices[start : start + BATCH]])
        for start in range(0, len(indices), BATCH)
    ]


@torch.no_grad()
def input_keypoints(model: nn.Module, batches: Sequence[dict[str, Any]]) -> np.ndarray:
    """Return the predicted keypoints (N, K, 2) in pixels of the network's input."""
    found = [sample for batch in batches for sample in model.test_step(batch)]
    scales = np.array([np.divide(each.input_size, each.input_scale) for each in found])
    return np.concatenate([e.pred_instances.keypoints[..., :2] for e in found]) * scales[:, None]


def int8_network(
    model: nn.Module, batches: Sequence[dict[str, Any]]
) -> Callable[[Tensor], Tensor | tuple[Tensor, ...]]:
    """Return a model's network in 8-bit numbers, a function like :class:`.Network`."""
    pictures = [model.data_preprocessor(batch, False)['inputs'] for batch in batches]
    network, inputs = Network(model), pictures[0].repeat(2, 1, 1, 1)[:2]
    with torch.no_grad():
        outputs = network(inputs)
    graph = traced(network, inputs, outputs)
    graph = quantised(graph, ({'inputs': batch.numpy()} for batch in pictures))
    return runtime_function(graph.SerializeToString(), outputs)
