"""Mixed precision on a CPU, which MMEngine's ``AmpOptimWrapper`` refuses."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmpose.registry import OPTIM_WRAPPERS
from torch import Tensor, nn

from mmpose_stable.model_parts import mapped_outputs, pose_head, unwrapped


def fast_bfloat16(device: str) -> bool:
    """Whether a device, ``cpu`` or ``cuda``, multiplies in bfloat16; it is far slower elsewhere."""
    if device == 'cuda':
        return torch.cuda.get_device_capability()[0] >= 8  # older ones emulate it
    asked = getattr(torch.cpu, '_is_avx512_bf16_supported', None)  # not in older versions
    return asked is not None and asked()


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Run the forward pass in bfloat16 autocast on the CPU, without loss scaling.

    What a model's head puts out is turned to float32, in which losses are computed, and which NumPy
    has.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast around the forward pass of one iteration."""
        with (
            super().optim_context(model),
            torch.autocast('cpu', dtype=torch.bfloat16),
            float32_outputs(model),
        ):
            yield


@contextmanager
def float32_outputs(model: nn.Module) -> Iterator[None]:
    """Let the heads of an estimator, wrapped or not, return float32 inside the block."""
    head = getattr(unwrapped(model), 'head', None)
    # The inner head of one that predicts visibility too computes its own loss.
    heads = {head, pose_head(head)} - {None}
    with ExitStack() as replaced:
        for part in heads:
            replaced.enter_context(mapped_outputs(part, Tensor.float))
        yield
