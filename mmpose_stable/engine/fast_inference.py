"""Faster prediction by any pose model, in the way that suits the machine."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmpose.models import TopdownPoseEstimator
from mmpose.registry import HOOKS
from torch import Tensor, nn

from mmpose_stable.engine.cpu_amp import fast_bfloat16, float32_outputs
from mmpose_stable.engine.int8 import calibration_batches, int8_prediction
from mmpose_stable.engine.memory import keep_freed_memory
from mmpose_stable.engine.memory_format import can_run_channels_last, channels_last
from mmpose_stable.engine.onnx_network import network_replaced, runtime_network
from mmpose_stable.model_parts import (
    cropped_size,
    decoder_input_size,
    decoder_of,
    mapped_outputs,
    pose_head,
    replaced,
    unwrapped,
)


@contextmanager
def fast_prediction(model: nn.Module, input_size: tuple[int, int] | None) -> Iterator[None]:
    """Let a model predict faster inside the block, and log how.

    Where the machine multiplies in bfloat16: in bfloat16, on a processor with channels-last memory;
    keypoints of most maps move by a small part of a pixel. On other processors: the network in ONNX
    Runtime or, where it cannot be exported, channels-last memory; results differ by rounding.
    Models that are not top-down, and those that predict visibility too, have channels-last memory
    alone.

    Args:
        input_size: Width and height of its crops; None leaves bfloat16 alone.
    """
    device = next(model.parameters()).device.type
    on_cpu = device == 'cpu' and input_size is not None
    # Other models compute their predictions from features in more ways than through `forward`.
    plain = isinstance(model, TopdownPoseEstimator) and pose_head(model.head) is model.head
    way, said = None, []
    if device == 'cpu':
        keep_freed_memory()
    with ExitStack() as active:
        bfloat16 = plain and fast_bfloat16(device)
        exported = plain and on_cpu and not bfloat16
        network = runtime_network(model, input_size) if exported else None
        if network is not None:
            active.enter_context(network_replaced(model, network))
            way = 'onnxruntime'
            said.append('ONNX Runtime')
        elif on_cpu and can_run_channels_last(model, input_size):
            active.enter_context(channels_last(model))
            said.append('channels-last memory')
        if bfloat16:
            autocast = torch.autocast(device, dtype=torch.bfloat16)
            if hasattr(decoder_of(model), 'heatmap_size'):
                active.enter_context(float32_outputs(model))
                active.enter_context(replaced(model, 'forward', autocast(model.forward)))
            else:
                # Heads of SimCC vectors and of coordinates are cheap, and bfloat16 would round
                # keypoints to whole pixels, and neighbouring bins to one value.
                features = autocast(model.extract_feat)
                active.enter_context(replaced(model, 'extract_feat', features))
                active.enter_context(mapped_outputs(model, Tensor.float, 'extract_feat'))
            way = 'bfloat16'
            said.append('bfloat16')
        print_log(
            f'--fast: {type(model).__name__} predicts in {" and ".join(said)}'
            if said
            else '--fast: nothing here is faster than float32, which this model keeps',
            logger='current',
            level=logging.INFO,
        )
        active.enter_context(replaced(model, 'fast_way', way))
        yield


def fast_way(model: nn.Module) -> str | None:
    """Return how a model predicts now: ``'bfloat16'``, ``'onnxruntime'``, ``'int8'`` or None."""
    return vars(model).get('fast_way')


@HOOKS.register_module()
class FastInferenceHook(Hook):
    """Test with :func:`fast_prediction`, as ``mmpose-stable test --fast`` does.

    Args:
        int8: Take :func:`int8_prediction` in its place, as ``--int8`` does.
    """

    # After hooks that put other weights in, such as an exponential moving average.
    priority = 'VERY_LOW'

    def __init__(self, int8: bool = False) -> None:
        self.int8, self.active = int8, ExitStack()

    def before_test_epoch(self, runner: Runner) -> None:
        """Change how the model predicts."""
        model = unwrapped(runner.model).eval()
        pipeline = getattr(runner.test_dataloader.dataset, 'pipeline', None)
        size = decoder_input_size(model) or cropped_size(getattr(pipeline, 'transforms', ()))
        if self.int8:
            way = int8_prediction(model, calibration_batches(runner.cfg))
        else:
            way = fast_prediction(model, size)
        self.active.enter_context(way)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Put the model back."""
        self.active.close()
