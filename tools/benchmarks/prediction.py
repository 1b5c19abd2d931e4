"""Time whole predictions: CLNet-ResNet-50 and MMPose's SimpleBaseline-ResNet-50, in several ways.

Both at 256x256 with random weights: normalising, network, decoding. `--fast` takes bfloat16 where
the processor multiplies in it, else ONNX Runtime. With a config and a checkpoint, it measures
instead how far each way moves that model's keypoints, on pictures of its test set.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from unittest import mock

import numpy as np
import torch
from common import measure, print_table, use_one_thread
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import get_installed_path
from mmpose.registry import DATASETS, MODELS
from mmpose.testing import get_packed_inputs
from torch import nn

import mmpose_stable  # noqa: F401  registers the package
from mmpose_stable.engine import fast_inference
from mmpose_stable.engine.cpu_amp import fast_bfloat16
from mmpose_stable.engine.fast_inference import fast_prediction
from mmpose_stable.engine.int8 import calibration_batches, collated, input_keypoints, int8_network
from mmpose_stable.engine.memory_format import channels_last
from mmpose_stable.engine.onnx_network import network_replaced, runtime_network
from mmpose_stable.model_files import load_model
from mmpose_stable.model_parts import decoder_input_size

SIZE = (256, 256)
STOCK = '.mim/configs/body_2d_keypoint/topdown_heatmap/mpii/td-hm_res50_8xb64-210e_mpii-256x256.py'
REFERENCE = 'SimpleBaseline-R50, PyTorch'
PICTURES = 300
Way = Callable[[], AbstractContextManager]


def build(path: str) -> nn.Module:
    """Build the model of a config with random weights, without flip test."""
    cfg = Config.fromfile(path)
    init_default_scope('mmpose')
    for part in cfg.model.values():
        if isinstance(part, dict):
            part.pop('init_cfg', None)
    cfg.model.test_cfg.flip_test = False
    return MODELS.build(cfg.model).eval()


def ways(
    model: nn.Module, size: tuple[int, int], batches: list[dict], slow: bool = False
) -> dict[str, Way]:
    """Return what to enter for each way to predict that this machine has.

    Args:
        size: Width and height of the input.
        batches: Pictures from which 8-bit numbers get their ranges.
        slow: Whether to take bfloat16 also where the machine does not compute in it.
    """
    eight_bit = int8_network(model, batches)
    found: dict[str, Way] = {
        'PyTorch': nullcontext,
        'channels-last': lambda: channels_last(model),
    }
    if (network := runtime_network(model, size)) is not None:
        found['ONNX Runtime'] = lambda: network_replaced(model, network)
    found['8-bit numbers'] = lambda: network_replaced(model, eight_bit)
    if fast_bfloat16('cpu') or slow:
        found['bfloat16, channels-last'] = lambda: _bfloat16(model, size)
    return found


@contextmanager
def _bfloat16(model: nn.Module, size: tuple[int, int]) -> Iterator[None]:
    forced = mock.patch.object(fast_inference, 'fast_bfloat16', return_value=True)
    with forced, fast_prediction(model, size):
        yield


@torch.no_grad()
def predict(model: nn.Module, data: dict, way: Way) -> None:
    """Predict the keypoints of a batch."""
    with way():
        model.test_step(data)


def print_times() -> None:
    """Measure and print one table for each size of a batch."""
    models = {
        'SimpleBaseline-R50': build(f'{get_installed_path("mmpose")}/{STOCK}'),
        'CLNet-R50': build('configs/cl_resnet50_mpii.py'),
    }
    inputs = {
        batch: get_packed_inputs(batch, num_keypoints=16, img_shape=SIZE, input_size=SIZE)
        for batch in (1, 8)
    }
    entered = {name: ways(model, SIZE, [inputs[8]]) for name, model in models.items()}
    for batch, data in inputs.items():
        work = {
            f'{name}, {label}': lambda m=model, d=data, w=way: predict(m, d, w)
            for name, model in models.items()
            for label, way in entered[name].items()
        }
        print_table(f'Batch {batch}', measure(work, rounds=9), REFERENCE)


def print_movement(config: str, checkpoint: str) -> None:
    """Measure how far each way moves keypoints, in input pixels, and print a table."""
    model = load_model(config, checkpoint, 'cpu')
    dataset = DATASETS.build(model.cfg.test_dataloader.dataset)
    batches = collated(dataset, range(min(PICTURES, len(dataset))))
    size, found = decoder_input_size(model), {}
    for label, way in ways(model, size, calibration_batches(model.cfg), slow=True).items():
        with way():
            found[label] = input_keypoints(model, batches)
    print(f'\n{len(found["PyTorch"])} pictures of {size[0]}x{size[1]}\n')
    print('| | mean movement, px | largest, px | moved more than 1 px |\n|---|---:|---:|---:|')
    for label, keypoints in found.items():
        moved = np.linalg.norm(keypoints - found['PyTorch'], axis=-1)
        print(f'| {label} | {moved.mean():.4f} | {moved.max():.2f} | {(moved > 1).mean():.2%} |')


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('model', nargs='*', help='config and checkpoint of a top-down model')
    args = parser.parse_args()
    if len(args.model) not in (0, 2):
        parser.error(f'expected a config and a checkpoint, or neither; got {args.model}')
    use_one_thread()
    if args.model:
        print_movement(*args.model)
    else:
        print_times()


if __name__ == '__main__':
    main()
