"""A top-down pose estimator as one ONNX file: pictures in, keypoints out."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mmpose_stable.config_parts import type_name
from mmpose_stable.export.end_to_end import EndToEndPose
from mmpose_stable.export.int8 import quantised
from mmpose_stable.export.onnx_graph import require_onnx, trace_graph
from mmpose_stable.files import whole_file
from mmpose_stable.version import __version__

INPUT, OUTPUTS, SIMCC_OUTPUTS = 'images', ('keypoints', 'scores'), ('simcc_x', 'simcc_y')


def export_onnx(
    model: nn.Module,
    path: str | Path,
    batch_size: int = 1,
    dynamic_batch: bool = False,
    rtmlib: bool = False,
    int8: Sequence[Mapping[str, Any]] | None = None,
) -> Path:
    """Write a pose estimator with its normalisation and decoding as one ONNX file.

    Input ``images`` (B, 3, H, W) uint8: crops as the config's pipeline makes them (BGR for
    ``LoadImage``), 0 to 255. Outputs ``keypoints`` (B, K, 2) x, y in pixels of ``images`` and
    ``scores`` (B, K), float32, as ``model.predict`` gives them without flip test. The file's
    metadata names the size, the order of channels and the keypoints.

    Args:
        model: What ``mmpose.apis.init_model`` returns, or any top-down pose estimator.
        path: The file; it is replaced when the export has succeeded.
        batch_size: B of the graph where it is not dynamic.
        dynamic_batch: Let the graph take any number of pictures.
        rtmlib: Take ``images`` in float32, still 0 to 255, and give ``simcc_x`` and ``simcc_y``,
            for ``rtmlib.RTMPose(..., mean=None)``.
        int8: Collated samples of the test pipeline, for a network in 8-bit numbers.

    Raises:
        ValueError: The model is not supported.
        ImportError: ``onnx`` or ``onnxscript`` is not installed, or PyTorch is older than 2.5.
        ValueError: ``batch_size`` is below 1.
    """
    if batch_size < 1:
        raise ValueError(f'`batch_size` (--batch-size): expected at least 1, got {batch_size}')
    onnx = require_onnx()
    # A copy, since the export is on the CPU. MMEngine's `cpu` tells the data preprocessor too.
    pose = EndToEndPose(copy.deepcopy(model).cpu(), rtmlib).eval()
    width, height = pose.input_size
    # Of a batch of one the exporter would take its size for a constant.
    count = max(2, batch_size) if dynamic_batch else batch_size
    pixels = torch.float32 if rtmlib else torch.uint8
    example = torch.zeros(count, 3, height, width, dtype=pixels)
    outputs = SIMCC_OUTPUTS if rtmlib else OUTPUTS
    graph = trace_graph(pose, example, INPUT, outputs, dynamic_batch).model_proto
    if int8 is not None:
        graph = quantised(graph, _inputs(int8, example))
    _forget_sources(graph.graph)
    onnx.helper.set_model_props(graph, _metadata(pose))
    graph.producer_name, graph.producer_version = 'mmpose_stable', __version__
    onnx.checker.check_model(graph)
    path = Path(path)
    with whole_file(path) as temporary:
        onnx.save(graph, str(temporary))
    return path


def _inputs(
    batches: Sequence[Mapping[str, Any]], like: torch.Tensor
) -> Iterator[dict[str, np.ndarray]]:
    """Give the crops of samples in batches of the size and the type of an example."""
    crops = torch.cat([torch.stack(batch['inputs']) for batch in batches]).to(like.dtype)
    crops = crops[torch.arange(max(len(crops), len(like))) % len(crops)]
    for start in range(0, len(crops) - len(like) + 1, len(like)):
        yield {INPUT: crops[start : start + len(like)].numpy()}


def _metadata(pose: EndToEndPose) -> dict[str, str]:
    """Describe the file's input, and how the model's config, or MMPose by default, crops a box."""
    meta = getattr(pose.model, 'dataset_meta', None) or {}
    names = [name for _, name in sorted((meta.get('keypoint_id2name') or {}).items())]
    if pose.selected is not None and names:
        names = [names[at] for at in pose.selected]
    loader = (getattr(pose.model, 'cfg', None) or {}).get('test_dataloader')
    pipeline = loader['dataset'].get('pipeline', []) if loader else []
    steps = {type_name(step): step for step in pipeline}
    return {
        'input_size': json.dumps(pose.input_size),
        'channel_order': 'BGR, as LoadImage gives it',
        'value_range': '0 to 255, normalised inside',
        'keypoint_names': json.dumps(names),
        'box_padding': json.dumps(steps.get('GetBBoxCenterScale', {}).get('padding', 1.25)),
        'use_udp': json.dumps(steps.get('TopdownAffine', {}).get('use_udp', False)),
    }


def _forget_sources(graph: Any) -> None:
    """Drop the exporter's notes about source files: they name folders of this machine."""
    values = (*graph.input, *graph.output, *graph.value_info)
    for part in (graph, *graph.node, *values):
        del part.metadata_props[:]
        part.doc_string = ''
