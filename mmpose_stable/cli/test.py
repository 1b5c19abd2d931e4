"""Test a model: MMPose's own runner and flags, with this package registered."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.dataset import pseudo_collate
from mmengine.fileio import dump

from mmpose_stable.cli.command import CommandParser
from mmpose_stable.cli.configuration import add_common_arguments, load_config
from mmpose_stable.datasets import check_configured_files, check_metric_files
from mmpose_stable.engine.command_runner import CommandRunner
from mmpose_stable.engine.keypoint_count import check_keypoint_count
from mmpose_stable.files import check_writable, whole_file
from mmpose_stable.model_files import load_weights
from mmpose_stable.model_parts import unwrapped
from mmpose_stable.robustness import cli as robustness
from mmpose_stable.robustness.loop import RobustnessTestLoop

OUT_SUFFIXES = ('.json', '.yml', '.yaml', '.pkl', '.pickle')
# A robustness run calls no hook for each batch, and the metrics once for each perturbation.
_USUAL_TEST_ONLY = ('show_dir', 'show', 'badcase', 'dump')


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = CommandParser(description='Test a checkpoint of a pose model.')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='write the metrics to this .json, .yml or .pkl file')
    parser.add_argument('--dump', help='write all predictions to this .pkl file')
    parser.add_argument(
        '--badcase',
        action='store_true',
        help='draw the worst samples; the config needs the hook `default_hooks.badcase`',
    )
    parser.add_argument(
        '--fast',
        action='store_true',
        help='predict in bfloat16 if the hardware computes in it, else in ONNX Runtime',
    )
    add_common_arguments(parser)
    robustness.add_arguments(parser)
    args = parser.parse_args(argv)
    if args.out and Path(args.out).suffix not in OUT_SUFFIXES:
        parser.error(
            f'--out: expected a file that ends in {", ".join(OUT_SUFFIXES)}, got {args.out}'
        )
    unused = robustness.unused_options(args)
    if unused:
        parser.error(f'{", ".join(unused)}: for a robustness run only; add --robustness')
    without_effect = [
        f'--{name.replace("_", "-")}' for name in _USUAL_TEST_ONLY if getattr(args, name)
    ]
    if args.robustness and without_effect:
        parser.error(
            f'{", ".join(without_effect)}: not with --robustness, which draws pictures of its own '
            'into report.html and keeps all predictions in predictions.npz'
        )
    return args


def main(argv: Sequence[str] | None = None) -> dict[str, float]:
    """Run the command and return the metrics."""
    args = parse_args(argv)
    if args.out:
        check_writable(Path(args.out), '--out')
    cfg = load_config(args)
    cfg.load_from = args.checkpoint
    if args.dump:
        evaluators = cfg.test_evaluator
        evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
        if any('metrics' in evaluator for evaluator in evaluators):
            raise ValueError('--dump needs `test_evaluator` to be a list of metrics')
        cfg.test_evaluator = [*evaluators, {'type': 'DumpResults', 'out_file_path': args.dump}]
    if args.badcase:
        if 'badcase' not in cfg.get('default_hooks', {}):
            raise ValueError('--badcase needs `default_hooks.badcase` in the config')
        cfg.default_hooks.badcase.enable = True
    if args.fast:
        cfg.custom_hooks = [*(cfg.get('custom_hooks') or []), {'type': 'FastInferenceHook'}]
    check_metric_files(cfg.test_evaluator, cfg.test_dataloader.dataset)
    if args.robustness:
        cfg = robustness.apply(cfg, args)  # its loop checks the files
    else:
        check_configured_files(cfg.test_dataloader.dataset)
    runner = CommandRunner.from_cfg(cfg)
    # The runner loads them once more, with its hooks, but only logs what the checkpoint lacks.
    model = unwrapped(runner.model)
    load_weights(model, args.checkpoint, args.config)
    if not isinstance(runner.test_loop, RobustnessTestLoop):  # which checks its own samples
        dataset = runner.test_loop.dataloader.dataset
        check_keypoint_count(model.eval(), pseudo_collate([dataset[0]]))
    metrics = runner.test()
    if args.out:
        out = Path(args.out)
        with whole_file(out) as temporary:
            # Metrics are NumPy's numbers, which only Python can read from YAML.
            plain = {
                name: value.item() if isinstance(value, np.generic) else value
                for name, value in metrics.items()
            }
            dump(plain, temporary, file_format=out.suffix.lstrip('.'))
    return metrics
