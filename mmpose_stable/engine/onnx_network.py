"""A model's network in ONNX Runtime; cropping, normalising, flip test and decoding stay as is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from mmpose_stable.engine.memory_format import random_pictures, same_output
from mmpose_stable.export.onnx_file import trace_graph
from mmpose_stable.model_parts import replaced
from mmpose_stable.tensors import tensors_in


class Network(nn.Module):
    """What a top-down model computes between normalised pictures and decoding."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Any:
        """Return the head's output for normalised pictures (B, 3, H, W)."""
        return getattr(self.model.head, _method(self.model.head))(self.model.extract_feat(inputs))


def runtime_network(model: nn.Module, input_size: tuple[int, int]) -> Callable | None:
    """Return a model's network, a function like :class:`Network`, in ONNX Runtime.

    None where a package is missing, the network cannot be exported, or the output differs by more
    than rounding.
    """
    network = Network(model)
    pictures = random_pictures(2, input_size)
    with torch.no_grad():
        expected = network(pictures)
    names = [f'output_{at}' for at in range(len(tensors_in(expected)))]
    try:
        import onnxruntime

        graph = trace_graph(network, pictures, 'inputs', names, dynamic_batch=True).model_proto
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(
            graph.SerializeToString(), options, providers=['CPUExecutionProvider']
        )
    except Exception:  # the errors of ONNX Runtime have no class in common
        return None

    def run(inputs: Tensor) -> Any:
        found = session.run(names, {'inputs': inputs.contiguous().numpy()})
        outputs = tuple(torch.from_numpy(part) for part in found)
        return outputs if len(outputs) > 1 else outputs[0]

    return run if same_output(run(pictures), expected) else None


@contextmanager
def network_replaced(model: nn.Module, network: Callable[[Tensor], Any]) -> Iterator[None]:
    """Let a model predict with another network inside the block."""
    with (
        replaced(model, 'extract_feat', lambda inputs: inputs),
        replaced(model.head, _method(model.head), network),
    ):
        yield


def _method(head: nn.Module) -> str:
    """Return the name of the method that takes the features in a prediction."""
    return 'last_maps' if hasattr(head, 'last_maps') else 'forward'
