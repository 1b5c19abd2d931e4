"""Write out a config as one readable file, for MMPose's own tools."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import mmpose_stable  # noqa: F401  registers the package before any config is read
from mmpose_stable.cli.command import CommandParser
from mmpose_stable.cli.configuration import add_config_changes, add_method, load_config
from mmpose_stable.files import check_writable, write_text


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Write out a config with all its bases and changes as one Python file. '
        "MMPose's own tools read it where this package is installed."
    )
    parser.add_argument('config', help='config file')
    add_method(parser)
    add_config_changes(parser)
    parser.add_argument('-o', '--out', type=Path, help='.py file to write (default: print it)')
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = build_parser().parse_args(argv)
    if args.out:
        if args.out.suffix != '.py':
            raise ValueError(f'--out: expected a name ending in .py, got {str(args.out)!r}')
        check_writable(args.out, '--out')
    cfg = load_config(args)
    if args.out:
        write_text(args.out, cfg.pretty_text)
        print(args.out)
    else:
        print(cfg.pretty_text)
