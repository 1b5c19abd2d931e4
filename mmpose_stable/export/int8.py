"""An ONNX graph of a pose network in 8-bit numbers, by ONNX Runtime's quantiser."""

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from mmpose_stable.export.onnx_graph import quiet, require_onnx

# The operators that cost time.
PRODUCTS = ('Conv', 'ConvTranspose', 'Gemm', 'MatMul')


def quantised(graph: Any, batches: Iterable[Mapping[str, np.ndarray]]) -> Any:
    """Return a graph whose products are of 8-bit numbers.

    Weights have one range a channel, and activations the range that they take on the given inputs.
    These stay in float32: the first and the last products with all that is before and behind them,
    such as normalisation and decoding, and transposed convolutions.

    Args:
        graph: An ``onnx.ModelProto``.
        batches: Inputs of the graph by name.
    """
    onnx = require_onnx()
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        """What ONNX Runtime reads the inputs from."""

        left = iter(batches)

        def get_next(self) -> Mapping[str, np.ndarray] | None:
            """Return the next inputs, None after the last ones."""
            return next(self.left, None)

    with TemporaryDirectory() as folder, quiet():
        path = Path(folder) / 'int8.onnx'
        quantize_static(
            copy.deepcopy(graph),  # it moves the weights of the one that it gets to a file
            path,
            Reader(),
            per_channel=True,
            # 7 bits: processors without VNNI add products in 16 bits, which then do not overflow.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=sorted(_kept(graph.graph)),
        )
        return onnx.load(path)


def _kept(graph: Any) -> set[str]:
    """Return the names of the nodes that stay in float32."""
    kept = {node.name for node in graph.node if node.op_type == 'ConvTranspose'}
    before = {one.name for one in graph.input}
    for node in graph.node:  # in the order in which they are computed
        if before & {*node.input}:
            kept.add(node.name)
            before |= set() if node.op_type in PRODUCTS else {*node.output}
    behind = {one.name for one in graph.output}
    for node in reversed(graph.node):
        if behind & {*node.output}:
            kept.add(node.name)
            behind |= set() if node.op_type in PRODUCTS else {*node.input}
    return kept
