"""Count and time pose estimators beside those of MMPose."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

import mmpose_stable  # noqa: F401  registers our modules
from mmpose_stable.complexity.measure import processor
from mmpose_stable.complexity.models import ConfigError, mmpose_config_files
from mmpose_stable.complexity.picture import draw_picture
from mmpose_stable.complexity.report import PICTURE, measure, write_report


def parse_args(argv: Sequence[str] | None, default_configs: Sequence[Path]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description='Count parameters and multiply-adds and time predictions, beside MMPose '
        'networks; writes complexity.md, complexity.json and complexity.png.'
    )
    parser.add_argument(
        'configs',
        nargs='*',
        type=Path,
        default=list(default_configs),
        metavar='CONFIG',
        help='config files; our COCO networks by default',
    )
    parser.add_argument('--out', type=Path, default=Path('complexity'), help='folder to write to')
    parser.add_argument('--batch', type=int, default=16, help='the full batch; 1 is timed as well')
    parser.add_argument('--rounds', type=int, default=5, help='timed calls of each model and batch')
    parser.add_argument('--threads', type=int, help="PyTorch's threads; its default if not given")
    parser.add_argument(
        '--note', default='', help='a sentence for the page, such as what else the machine did'
    )
    parser.add_argument('--no-speed', action='store_true', help='count only')
    parser.add_argument('--no-mmpose', action='store_true', help='leave the MMPose networks out')
    args = parser.parse_args(argv)
    for name in ('batch', 'rounds', 'threads'):
        value = getattr(args, name)
        if value is not None and value < 1:
            parser.error(f'--{name}: expected at least 1, got {value}')
    return args


def main(argv: Sequence[str] | None = None, default_configs: Sequence[Path] = ()) -> None:
    """Run the command.

    Args:
        argv: The command line.
        default_configs: Config files to look at where the command line names none.
    """
    args = parse_args(argv, default_configs)
    if args.threads:
        torch.set_num_threads(args.threads)
    batches = [] if args.no_speed else sorted({1, args.batch})
    threads = torch.get_num_threads()
    kind = 'one thread, processor time' if threads == 1 else f'{threads} threads, wall time'
    setting = f'PyTorch {torch.__version__}, float32, CPU ({processor()}), {kind}.'
    setting = setting if batches else ''  # nothing was timed
    try:
        theirs = [] if args.no_mmpose else mmpose_config_files()
        rows = measure(args.configs, theirs, batches, args.rounds)
    except ConfigError as error:
        raise SystemExit(f'complexity: {error}') from None
    drawn = draw_picture(rows, setting, args.out / PICTURE)
    setting = f'{setting} {args.note}'.strip()
    print(f'\n{write_report(rows, batches, setting, args.out, has_picture=drawn > 0)}')
    written = [args.out / name for name in ('complexity.md', 'complexity.json')]
    written += [args.out / PICTURE] if drawn else []
    print(f'written: {", ".join(str(path) for path in written)}')
