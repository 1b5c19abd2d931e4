"""Train a model: MMPose's own runner and flags, with this package registered."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint

import mmpose_stable  # noqa: F401  registers the package before any config is built
from mmpose_stable.cli.command import CommandParser
from mmpose_stable.cli.configuration import (
    add_common_arguments,
    add_hook,
    add_method,
    load_run_config,
    use_amp,
)
from mmpose_stable.datasets import check_configured_files, check_metric_files
from mmpose_stable.engine.command_runner import CommandRunner
from mmpose_stable.engine.memory import keep_freed_memory
from mmpose_stable.model_files import check_checkpoint


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = CommandParser(description='Train a pose model from a config file.')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='continue from a checkpoint; without a path, from the latest one in the work folder',
    )
    parser.add_argument(
        '--partial-load',
        action='store_true',
        help='load only those weights of `load_from` that fit the model; the others start anew',
    )
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision (float16 on a GPU, bfloat16 on a CPU)'
    )
    parser.add_argument('--no-validate', action='store_true', help='do not validate while training')
    parser.add_argument(
        '--auto-scale-lr', action='store_true', help='scale the learning rate with the batch size'
    )
    add_method(parser)
    parser.add_argument('--seed', type=int, help='seed of weights, data order and augmentation')
    add_common_arguments(parser)
    return parser.parse_args(argv)


def resume_from(cfg: Config, source: str) -> None:
    """Go on from a checkpoint, in place.

    Args:
        source: Path of the checkpoint, or ``'auto'`` for the latest in ``work_dir``, if any.
    """
    if source == 'auto':
        latest = find_latest_checkpoint(cfg.work_dir)
        if latest is None:
            return
        # It is named with its folder of then, which may have been moved or copied here.
        own = Path(cfg.work_dir, Path(latest).name)
        source = str(own) if own.is_file() else latest
    cfg.resume, cfg.load_from = True, source


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parse_args(argv)
    cfg = load_run_config(args)
    if args.amp:
        use_amp(cfg)
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.seed is not None:
        cfg.randomness = {**cfg.get('randomness', {}), 'seed': args.seed}
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError('--auto-scale-lr needs `auto_scale_lr.base_batch_size` in the config')
        cfg.auto_scale_lr.enable = True
    if args.resume:
        resume_from(cfg, args.resume)
    add_hook(cfg, {'type': 'StartCheckpointHook', 'partial': args.partial_load})
    if not torch.cuda.is_available():
        keep_freed_memory()  # else a step takes its large feature maps from the system anew
    for loader in (cfg.get('train_dataloader'), cfg.get('val_dataloader')):
        if loader:
            check_configured_files(loader.dataset)
    if cfg.get('val_dataloader'):
        check_metric_files(cfg.val_evaluator, cfg.val_dataloader.dataset)
    runner = CommandRunner.from_cfg(cfg)
    if cfg.get('load_from'):
        check_checkpoint(cfg.load_from, '--resume' if cfg.get('resume') else '`load_from`')
    runner.train()
