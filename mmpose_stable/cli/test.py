"""Test a model: MMPose's own runner and flags, with this package registered."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from mmengine.dataset import pseudo_collate

from mmpose_stable.cli import robustness_options as robustness
from mmpose_stable.cli.command import CommandParser
from mmpose_stable.cli.configuration import add_common_arguments, add_hook, load_run_config
from mmpose_stable.datasets import check_configured_files, check_metric_files
from mmpose_stable.engine.command_runner import CommandRunner
from mmpose_stable.engine.keypoint_count import check_keypoint_count
from mmpose_stable.files import check_writable, write_text
from mmpose_stable.model_files import load_weights
from mmpose_stable.model_parts import unwrapped
from mmpose_stable.robustness.loop import RobustnessTestLoop


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = CommandParser(description='Test a checkpoint of a pose model.')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', type=Path, help='write the metrics to this .json file')
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        '--fast',
        action='store_true',
        help='predict in bfloat16 if the hardware computes in it, else in ONNX Runtime',
    )
    speed.add_argument(
        '--int8',
        action='store_true',
        help='predict in 8-bit numbers on a processor: faster still, and keypoints move a little; '
        'the log says how far',
    )
    add_common_arguments(parser)
    robustness.add_arguments(parser)
    args = parser.parse_args(argv)
    if args.out and args.out.suffix != '.json':
        parser.error(f'--out: expected a name ending in .json, got {str(args.out)!r}')
    return args


def main(argv: Sequence[str] | None = None) -> dict[str, float]:
    """Run the command and return the metrics."""
    return run_test(parse_args(argv))


def run_test(args: argparse.Namespace) -> dict[str, float]:
    """Test with the options of :func:`parse_args`, and return the metrics."""
    if args.out:
        check_writable(args.out, '--out')
    cfg = load_run_config(args)
    robustness.check(cfg, args)
    cfg.load_from = args.checkpoint
    if args.fast or args.int8:
        add_hook(cfg, {'type': 'FastInferenceHook', 'int8': args.int8})
    check_metric_files(cfg.test_evaluator, cfg.test_dataloader.dataset)
    if robustness.is_asked_for(cfg, args):
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
        write_text(args.out, json.dumps(metrics, default=float))
    return metrics
