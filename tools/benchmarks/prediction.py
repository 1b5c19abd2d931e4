"""Time whole predictions: CLNet-ResNet-50 and MMPose's SimpleBaseline-ResNet-50, plain and fast.

Both at 256x256 with random weights: normalising, network, decoding. *Fast* is what `--fast` does
on this machine. The table also says how far `--fast` moves the keypoints of noise pictures.
"""

from __future__ import annotations

import argparse
from types import SimpleNamespace

import numpy as np
import torch
from common import add_common_arguments, interleave, report, set_threads, setting, time_table, timed
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import get_installed_path
from mmpose.registry import MODELS
from mmpose.testing import get_packed_inputs
from torch import nn

import mmpose_stable  # noqa: F401  registers the package
from mmpose_stable.engine import FastInferenceHook

SIDE = 256
KEYPOINTS = 16
STOCK = '.mim/configs/body_2d_keypoint/topdown_heatmap/mpii/td-hm_res50_8xb64-210e_mpii-256x256.py'
REFERENCE = 'SimpleBaseline-R50'


def build(path: str) -> nn.Module:
    """Build the model of a config with random weights, without flip test."""
    cfg = Config.fromfile(path)
    init_default_scope('mmpose')
    for part in cfg.model.values():
        if isinstance(part, dict):
            part.pop('init_cfg', None)
    cfg.model.test_cfg.flip_test = False
    return MODELS.build(cfg.model).eval()


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
        REFERENCE: build(f'{root}/{STOCK}'),
        'CLNet-R50': build('configs/cl_resnet50_mpii.py'),
    }
    parts = [setting(args.threads)]
    for batch in args.batches:
        data = get_packed_inputs(
            batch, num_keypoints=KEYPOINTS, img_shape=(SIDE, SIDE), input_size=(SIDE, SIDE)
        )
        variants, places = {}, {}
        for name, model in models.items():
            hook = FastInferenceHook()
            runner = SimpleNamespace(model=model, test_dataloader=SimpleNamespace(dataset=None))

            def plain(model: nn.Module = model, data: dict = data) -> np.ndarray:
                with torch.no_grad():
                    found = model.test_step(data)
                return np.concatenate([sample.pred_instances.keypoints for sample in found])

            variants[name] = timed(plain, args.threads)
            hook.before_test_epoch(runner)
            moved = plain()
            hook.after_test_epoch(runner)
            places[name] = np.abs(moved - plain()).max()
            variants[f'{name}, --fast'] = _timed_inside(plain, hook, runner, args.threads)
        times = interleave(variants, args.rounds, f'batch {batch}')
        parts.append(time_table(f'Batch {batch}', times, [REFERENCE]))
        parts += [
            f'{name}: --fast moves a keypoint by at most {far:.2f} px'
            for name, far in places.items()
        ]
    report(parts, args.markdown)


def _timed_inside(predict, hook, runner, threads):
    def run() -> float:
        hook.before_test_epoch(runner)
        try:
            return timed(predict, threads)()
        finally:
            hook.after_test_epoch(runner)

    return run


if __name__ == '__main__':
    main()
