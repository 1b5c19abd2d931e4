"""A model's network in ONNX Runtime; cropping, normalising, flip test and decoding stay as is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_unflatten

from mmpose_stable.engine.memory_format import random_pictures, same_output
from mmpose_stable.export.onnx_graph import trace_graph
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
    try:
        run = runtime_function(traced(network, pictures, expected).SerializeToString(), expected)
    except Exception:  # the errors of ONNX Runtime have no class in common
        return None
    return run if same_output(run(pictures), expected) else None


def traced(module: nn.Module, inputs: Tensor, outputs: Any) -> Any:
    """Return the ONNX graph of a module of one input ``inputs``, for any number of pictures.

    Args:
        inputs: An example, of two pictures or more.
        outputs: What the module returns for it.
    """
    names = [f'output_{at}' for at in range(len(tensors_in(outputs)))]
    return trace_graph(module, inputs, 'inputs', names, dynamic_batch=True).model_proto


def runtime_function(graph: bytes, outputs: Any) -> Callable[[Tensor], Any]:
    """Return a graph as a function in ONNX Runtime.

    Args:
        outputs: What the function returns for some pictures; it always returns the same nesting.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(graph, options, providers=['CPUExecutionProvider'])
    nesting = tree_flatten(outputs)[1]

    def run(inputs: Tensor) -> Any:
        found = session.run(None, {'inputs': inputs.contiguous().numpy()})
        return tree_unflatten([torch.from_numpy(part) for part in found], nesting)

    return run


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
