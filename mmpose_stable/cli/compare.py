"""Compare the robustness results of several models."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mmpose_stable.cli.command import CommandParser
from mmpose_stable.files import check_writable
from mmpose_stable.robustness.report import (
    align,
    format_comparison,
    load_runs,
    write_csv,
    write_pages,
)
from mmpose_stable.robustness.report.page import PAGE_FILE


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Compare robustness runs. With --out, it prints which run to take and a table, '
        'and writes figures and a page. With --csv, it writes one line for each run. Runs are '
        'compared on the kinds and severities that all of them have.'
    )
    parser.add_argument(
        'results', nargs='+', type=Path, help='folder of each run, or its robustness.json'
    )
    parser.add_argument('--out', type=Path, help='folder for the page and the figures')
    parser.add_argument(
        '--csv',
        type=Path,
        help='CSV file to write: one line for each run, over all of its own kinds and severities',
    )
    parser.add_argument('--names', help='names of the runs, joined by commas')
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if not args.out and not args.csv:
        parser.error('expected --out FOLDER for a page, --csv FILE for a leaderboard, or both')
    if args.out and len(args.results) < 2:
        parser.error(f'expected at least two results to compare, got {len(args.results)}')
    if args.csv:
        check_writable(args.csv, '--csv')
    if args.out:
        check_writable(args.out / PAGE_FILE, '--out')
    loaded = load_runs(args.results, args.names and args.names.split(','))
    runs, notes = align(loaded) if args.out else ([], [])
    if args.csv:
        write_csv(args.csv, loaded)
        print(args.csv)
    if args.out:
        page = write_pages(runs, notes, args.out)
        print(f'{format_comparison(runs, notes)}\n{page}')
