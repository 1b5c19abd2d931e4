"""A module as an ONNX graph, by PyTorch's exporter."""

import importlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.utils import digit_version
from torch import Tensor, nn

# Fixed, so that every PyTorch writes the same operators; runtimes since 2023 have them.
OPSET = 18


def trace_graph(
    module: nn.Module, example: Tensor, name: str, outputs: Sequence[str], dynamic_batch: bool
) -> Any:
    """Return a module of one input as PyTorch's ONNX program.

    Where the batch is dynamic, the example is of two samples or more.
    """
    require_onnx()
    batch = {0: torch.export.Dim('batch', min=1)} if dynamic_batch else None
    with torch.no_grad(), quiet():
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


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's remarks about its own inner workings from the user."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)
