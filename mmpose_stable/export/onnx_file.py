"""A top-down pose estimator as one ONNX file: pictures in, keypoints out."""

from __future__ import annotations

import copy
import importlib
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from mmengine.utils import digit_version
from torch import Tensor, nn

from mmpose_stable.config_parts import type_name
from mmpose_stable.export.end_to_end import EndToEndPose
from mmpose_stable.files import whole_file
from mmpose_stable.version import __version__

# Fixed, so that every PyTorch writes the same operators; runtimes since 2023 have them.
OPSET = 18
INPUT, OUTPUTS, SIMCC_OUTPUTS = 'images', ('keypoints', 'scores'), ('simcc_x', 'simcc_y')


def export_onnx(
    model: nn.Module,
    path: str | Path,
    batch_size: int = 1,
    dynamic_batch: bool = False,
    rtmlib: bool = False,
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

    Raises:
        NotExportableError: The model is not supported.
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
    _forget_sources(graph.graph)
    onnx.helper.set_model_props(graph, _metadata(pose))
    graph.producer_name, graph.producer_version = 'mmpose_stable', __version__
    onnx.checker.check_model(graph)
    path = Path(path)
    with whole_file(path) as temporary:
        onnx.save(graph, str(temporary))
    return path


def trace_graph(
    module: nn.Module, example: Tensor, name: str, outputs: Sequence[str], dynamic_batch: bool
) -> Any:
    """Return a module of one input as PyTorch's ONNX program.

    Where the batch is dynamic, the example is of two samples or more.
    """
    require_onnx()
    batch = {0: torch.export.Dim('batch', min=1)} if dynamic_batch else None
    with torch.no_grad(), _quiet():
        return torch.onnx.export(
            module,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[name],
            output_names=list(outputs),
            dynamic_shapes=(batch,) if dynamic_batch else None,
            verbose=False,
        )


def require_onnx() -> Any:
    """Return the module ``onnx``; raise ImportError where the export is not possible."""
    if digit_version(torch.__version__) < digit_version('2.5'):
        raise ImportError(f'the ONNX export needs PyTorch 2.5 or later, got {torch.__version__}')
    try:
        importlib.import_module('onnxscript')
        return importlib.import_module('onnx')
    except ImportError as error:
        raise ImportError(
            f'the ONNX export needs onnx and onnxscript ({error}): '
            "pip install 'mmpose-stable[onnx]'"
        ) from error


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


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks about its own inner workings from the user."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)
