"""Time whole predictions of CLNet-ResNet50 beside SimpleBaseline-ResNet50, plain and accelerated.

A prediction is ``model.test_step``: normalising the images, the network, decoding, and packing the
results. Each variant has a process of its own, because part of the fast path concerns the whole
process.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import torch
from common import (
    add_common_arguments,
    interleave,
    markdown_table,
    report,
    set_threads,
    setting,
    time_table,
    timed,
)
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from torch import nn
from torch.profiler import ProfilerActivity, profile

import mmpose_stable  # noqa: F401  registers our modules
from mmpose_stable.deploy import accelerate

INPUT = (256, 256)
NUM_KEYPOINTS = 17
PREPROCESSOR = {
    'type': 'PoseDataPreprocessor',
    'mean': [123.675, 116.28, 103.53],
    'std': [58.395, 57.12, 57.375],
    'bgr_to_rgb': True,
}
NETWORKS = {
    'CLNet-R50': {
        'backbone': {
            'type': 'ResNet',
            'depth': 50,
            'num_stages': 3,
            'strides': (1, 2, 2),
            'dilations': (1, 1, 1),
            'out_indices': (2,),
        },
        'head': {
            'type': 'CLHead',
            'in_channels': 1024,
            'num_keypoints': NUM_KEYPOINTS,
            'decoder': {'type': 'CompositeLocalization', 'input_size': INPUT, 'stride': 16},
        },
    },
    'SimpleBaseline-R50': {
        'backbone': {'type': 'ResNet', 'depth': 50},
        'head': {
            'type': 'HeatmapHead',
            'in_channels': 2048,
            'out_channels': NUM_KEYPOINTS,
            'decoder': {
                'type': 'MSRAHeatmap',
                'input_size': INPUT,
                'heatmap_size': (64, 64),
                'sigma': 2,
            },
        },
    },
}
# Options of `accelerate`, or None for the model as MMPose runs it.
PLAIN, FAST = None, {}
STEPS = {
    'as MMPose runs it': PLAIN,
    'folded': {'channels_last': False, 'winograd': False, 'pack': False, 'keep_memory': False},
    'and channels last': {'winograd': False, 'pack': False, 'keep_memory': False},
    'and kept memory': {'winograd': False, 'pack': False},
    'and Winograd': {'pack': False},
    'and packed weights (fast path)': FAST,
}
VARIANTS = {
    'SimpleBaseline-R50': ('SimpleBaseline-R50', PLAIN),
    'SimpleBaseline-R50, fast path': ('SimpleBaseline-R50', FAST),
    **{f'CLNet-R50, {step}': ('CLNet-R50', options) for step, options in STEPS.items()},
}
CONVOLUTIONS = (
    'aten::mkldnn_convolution',
    'aten::_slow_conv2d_forward',
    'aten::thnn_conv2d',
    'mkldnn::_convolution_pointwise',
)


def build(network: str, options: dict[str, Any] | None) -> nn.Module:
    """Return a network with random weights, accelerated where options are given."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    config = {
        'type': 'TopdownPoseEstimator',
        'data_preprocessor': PREPROCESSOR,
        'test_cfg': {'flip_test': False},
        **NETWORKS[network],
    }
    logging.disable(logging.INFO)  # a line for every initialised parameter
    model = MODELS.build(config)
    model.init_weights()
    model.eval()
    return model if options is None else accelerate(model, **options)


def predictor(model: nn.Module, batch: int) -> Callable[[], object]:
    """Return a function that predicts one batch of random images."""
    data = get_packed_inputs(
        batch, num_keypoints=NUM_KEYPOINTS, img_shape=INPUT, input_size=INPUT, with_heatmap=False
    )

    def predict() -> object:
        with torch.no_grad():
            return model.test_step(data)

    return predict


def serve(network: str, options: dict[str, Any] | None, threads: int, pipe: Connection) -> None:
    """Predict a batch of each size that comes through the pipe and answer with the seconds."""
    set_threads(threads)
    model = build(network, options)
    runs: dict[int, Callable[[], float]] = {}
    while batch := pipe.recv():
        if batch not in runs:
            runs[batch] = timed(predictor(model, batch), threads)
        pipe.send(runs[batch]())


def ask(pipe: Connection, batch: int) -> float:
    """Let a process predict one batch and return its seconds."""
    pipe.send(batch)
    return pipe.recv()


def kind_of(event: Any) -> str:
    """Return the group of a profiler event: what a reader would call the layer."""
    if event.key in CONVOLUTIONS:
        weight = event.input_shapes[1]
        if weight[0] == 3 * NUM_KEYPOINTS:
            return 'output convolution'
        return f'{weight[2]}×{weight[3]} convolutions'
    if event.key == 'aten::_convolution':
        return 'deconvolutions'
    for part, kind in (
        ('batch_norm', 'batch normalisation'),
        ('max_pool', 'max pooling'),
        ('clamp', 'ReLU'),
        ('add_', 'sums of residual blocks'),
        ('bmm', "products of Winograd's algorithm"),
        ('aten::mm', "transforms of Winograd's algorithm"),
        ('copy_', 'copies'),
    ):
        if part in event.key:
            return kind
    return 'other'


def shares(
    network: str, options: dict[str, Any] | None, batch: int, rounds: int
) -> dict[str, float]:
    """Return the share of each group of operations in the time of a prediction."""
    predict = predictor(build(network, options), batch)
    predict()
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as profiler:
        for _ in range(rounds):
            predict()
    times: dict[str, float] = {}
    for event in profiler.key_averages(group_by_input_shape=True):
        kind = kind_of(event)
        times[kind] = times.get(kind, 0.0) + event.self_cpu_time_total
    total = sum(times.values())
    return {kind: spent / total for kind, spent in times.items()}


def share_table(batch: int, rounds: int) -> str:
    """Return a Markdown table of where the time goes."""
    columns = {
        'SimpleBaseline-R50': shares('SimpleBaseline-R50', PLAIN, batch, rounds),
        'CLNet-R50': shares('CLNet-R50', PLAIN, batch, rounds),
        'CLNet-R50, fast path': shares('CLNet-R50', FAST, batch, rounds),
    }
    kinds = sorted(
        {kind for column in columns.values() for kind in column},
        key=lambda kind: -columns['CLNet-R50'].get(kind, 0.0),
    )
    rows = [
        [kind, *(f'{100 * column.get(kind, 0.0):.1f} %' for column in columns.values())]
        for kind in kinds
    ]
    table = markdown_table(['', *columns], rows)
    return f'### Where the time goes, batch {batch} (PyTorch profiler)\n\n{table}'


def main() -> None:
    """Measure and print one table a batch size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_common_arguments(parser, rounds=10)
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8], help='batch sizes')
    parser.add_argument('--no-profile', action='store_true', help='leave the profile out')
    args = parser.parse_args()
    # Before the processes start: their libraries read it when they are loaded.
    os.environ['OMP_NUM_THREADS'] = str(args.threads)
    context = multiprocessing.get_context('spawn')
    pipes, workers = {}, []
    for name, (network, options) in VARIANTS.items():
        pipes[name], far = context.Pipe()
        workers.append(
            context.Process(target=serve, args=(network, options, args.threads, far), daemon=True)
        )
        workers[-1].start()
    parts = [
        f'## Prediction\n\nWhole predictions of {INPUT[0]}×{INPUT[1]} images, float32, '
        f'no flip test. {setting(args.threads)}.'
    ]
    for batch in args.batches:
        variants = {name: partial(ask, pipe, batch) for name, pipe in pipes.items()}
        times = interleave(variants, args.rounds, f'batch {batch}')
        parts.append(time_table(f'Batch {batch}', times, ['SimpleBaseline-R50']))
    for pipe, worker in zip(pipes.values(), workers, strict=True):
        pipe.send(0)
        worker.join()
    if not args.no_profile:
        set_threads(args.threads)
        parts += [share_table(batch, 5) for batch in args.batches]
    report(parts, args.markdown)


if __name__ == '__main__':
    main()
