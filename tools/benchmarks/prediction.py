"""Time whole predictions: CLNet-ResNet-50 and MMPose's SimpleBaseline-ResNet-50, in several ways.

Both at 256x256 with random weights: normalising, network, decoding. `--fast` takes bfloat16 where
the processor multiplies in it, else ONNX Runtime. The output also says how far each way moves the
keypoints of noise pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from common import measure, print_table, use_one_thread
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import get_installed_path
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from torch import nn

import mmpose_stable  # noqa: F401  registers the package
from mmpose_stable.engine.cpu_amp import fast_bfloat16
from mmpose_stable.engine.fast_inference import fast_prediction
from mmpose_stable.engine.memory_format import channels_last
from mmpose_stable.engine.onnx_network import network_replaced, runtime_network

SIZE = (256, 256)
STOCK = '.mim/configs/body_2d_keypoint/topdown_heatmap/mpii/td-hm_res50_8xb64-210e_mpii-256x256.py'
REFERENCE = 'SimpleBaseline-R50, PyTorch'
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


def ways(model: nn.Module) -> dict[str, Way]:
    """Return what to enter for each way to predict that this machine has."""
    found: dict[str, Way] = {
        'PyTorch': nullcontext,
        'channels-last': lambda: channels_last(model),
    }
    if (network := runtime_network(model, SIZE)) is not None:
        found['ONNX Runtime'] = lambda: network_replaced(model, network)
    if fast_bfloat16():
        found['bfloat16, channels-last'] = lambda: fast_prediction(model, SIZE)
    return found


@torch.no_grad()
def predict(model: nn.Module, data: dict, way: Way) -> np.ndarray:
    """Return the keypoints of a batch."""
    with way():
        found = model.test_step(data)
    return np.concatenate([sample.pred_instances.keypoints for sample in found])


def main() -> None:
    """Measure and print one table for each size of a batch."""
    use_one_thread()
    models = {
        'SimpleBaseline-R50': build(f'{get_installed_path("mmpose")}/{STOCK}'),
        'CLNet-R50': build('configs/cl_resnet50_mpii.py'),
    }
    entered = {name: ways(model) for name, model in models.items()}
    for batch in (1, 8):
        data = get_packed_inputs(batch, num_keypoints=16, img_shape=SIZE, input_size=SIZE)
        work, moved = {}, []
        for name, model in models.items():
            expected = predict(model, data, nullcontext)
            for label, way in entered[name].items():
                work[f'{name}, {label}'] = lambda m=model, d=data, w=way: predict(m, d, w)
                far = np.abs(predict(model, data, way) - expected).max()
                moved.append(f'{name}, {label}: moves a keypoint by at most {far:.4f} px')
        print_table(f'Batch {batch}', measure(work, rounds=9), REFERENCE)
        print('\n' + '\n'.join(moved))


if __name__ == '__main__':
    main()
