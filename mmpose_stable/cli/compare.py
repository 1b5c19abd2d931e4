"""Put robustness results of several models side by side."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.files import check_writable
from mmpose_stable.robustness.report import align, format_comparison, load_runs, write_pages
from mmpose_stable.robustness.report.write import PAGE_FILE


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Compare robustness runs: a table here, figures and report.html in a folder. '
        'Runs of different kinds or severities are compared on those they share.'
    )
    parser.add_argument(
        'results', nargs='+', type=Path, help='robustness.json of each run, or its folder'
    )
    parser.add_argument('--out', required=True, type=Path, help='folder for page and figures')
    parser.add_argument('--names', help='names of the runs, joined by commas')
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if len(args.results) < 2:
        parser.error(f'expected at least two results to compare, got {len(args.results)}')
    try:
        check_writable(args.out / PAGE_FILE, '--out')
        runs, notes = align(load_runs(args.results, args.names and args.names.split(',')))
    except ValueError as error:
        parser.error(str(error))
    print(format_comparison(runs, notes))
    print(write_pages(runs, notes, args.out))


if __name__ == '__main__':
    run(main)
