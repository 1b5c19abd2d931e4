"""Time whole predictions: CLNet-ResNet-50 and MMPose's SimpleBaseline-ResNet-50, in several ways.

Both at 256x256 with random weights: normalising, network, decoding. `--fast` takes bfloat16 where
the processor multiplies in it, else ONNX Runtime. The page also says how far each way moves the
keypoints of noise pictures. OpenVINO is timed where it is installed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from common import add_common_arguments, interleave, report, set_threads, setting, time_table, timed
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import get_installed_path
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from torch import Tensor, nn

import mmpose_stable  # noqa: F401  registers the package
from mmpose_stable.engine.cpu_amp import fast_bfloat16
from mmpose_stable.engine.fast_inference import fast_prediction
from mmpose_stable.engine.memory_format import channels_last
from mmpose_stable.engine.onnx_network import Network, network_replaced, runtime_network
from mmpose_stable.export.onnx_file import trace_graph

SIDE = 256
KEYPOINTS = 16
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
    if (network := runtime_network(model, (SIDE, SIDE))) is not None:
        found['ONNX Runtime'] = lambda: network_replaced(model, network)
    try:
        other = openvino_network(model)
        found['OpenVINO'] = lambda: network_replaced(model, other)
    except ImportError:
        pass
    if fast_bfloat16():
        found['bfloat16, channels-last'] = lambda: fast_prediction(model, (SIDE, SIDE))
    return found


def openvino_network(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return the network in OpenVINO, in float32."""
    import openvino

    example = torch.zeros(2, 3, SIDE, SIDE)
    graph = trace_graph(Network(model), example, 'inputs', ['maps'], dynamic_batch=True)
    core = openvino.Core()
    settings = {
        'INFERENCE_NUM_THREADS': torch.get_num_threads(),
        'INFERENCE_PRECISION_HINT': 'f32',
        'PERFORMANCE_HINT': 'LATENCY',
    }
    content = graph.model_proto.SerializeToString()
    compiled = core.compile_model(core.read_model(content), 'CPU', settings)
    return lambda inputs: torch.from_numpy(compiled(inputs.contiguous().numpy())[0])


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 8])
    add_common_arguments(parser, rounds=9)
    args = parser.parse_args()
    set_threads(args.threads)
    torch.manual_seed(0)
    root = get_installed_path('mmpose')
    models = {
        'SimpleBaseline-R50': build(f'{root}/{STOCK}'),
        'CLNet-R50': build('configs/cl_resnet50_mpii.py'),
    }
    entered = {name: ways(model) for name, model in models.items()}
    parts = [setting(args.threads)]
    for batch in args.batches:
        data = get_packed_inputs(
            batch, num_keypoints=KEYPOINTS, img_shape=(SIDE, SIDE), input_size=(SIDE, SIDE)
        )
        variants, moved = {}, []
        for name, model in models.items():

            def predict(model: nn.Module = model, data: dict = data) -> np.ndarray:
                with torch.no_grad():
                    found = model.test_step(data)
                return np.concatenate([sample.pred_instances.keypoints for sample in found])

            expected = predict()
            for way, enter in entered[name].items():
                variants[f'{name}, {way}'] = _timed_inside(enter, predict, args.threads)
                with enter():
                    far = np.abs(predict() - expected).max()
                moved.append(f'{name}, {way}: moves a keypoint by at most {far:.4f} px')
        times = interleave(variants, args.rounds, f'batch {batch}')
        parts += [time_table(f'Batch {batch}', times, [REFERENCE]), '\n'.join(moved)]
    report(parts, args.markdown)


def _timed_inside(enter: Way, predict: Callable[[], np.ndarray], threads: int):
    def run() -> float:
        with enter():
            return timed(predict, threads)()

    return run


if __name__ == '__main__':
    main()
