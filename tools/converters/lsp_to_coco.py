"""Convert Leeds Sports Pose or its extended set from joints.mat to the JSON LSPDataset reads."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.datasets.converters.files import ConversionError, write_annotations
from mmpose_stable.datasets.converters.lsp import convert_lsp, read_image_numbers


def _number_range(text: str) -> list[int]:
    first, _, last = text.partition('-')
    try:
        numbers = list(range(int(first), int(last) + 1))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'expected FIRST-LAST, got {text!r}') from error
    if not numbers:
        raise argparse.ArgumentTypeError(f'expected FIRST-LAST with FIRST <= LAST, got {text!r}')
    return numbers


def main() -> None:
    """Read the arguments and convert."""
    parser = CommandParser(
        description=__doc__,
        epilog='The original LSP: --ids 1-1000 for training, --ids 1001-2000 for testing.',
    )
    parser.add_argument('source', type=Path, help='folder with joints.mat and images/')
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument('--split-file', type=Path, help='images to take, one a line')
    chosen.add_argument('--ids', type=_number_range, metavar='FIRST-LAST', help='images to take')
    parser.add_argument(
        '--padding',
        type=float,
        default=0.1,
        help='growth of the box around the joints on each side, of its longer side (%(default)s)',
    )
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write')
    args = parser.parse_args()
    try:
        numbers = read_image_numbers(args.split_file) if args.split_file else args.ids
        result = convert_lsp(args.source, numbers, args.padding)
    except ConversionError as error:
        sys.exit(f'lsp_to_coco: {error}')
    write_annotations(result.document, args.out)
    print(
        f'{args.out}: {len(result.document["images"])} images; left out: {len(result.absent)} '
        f'not in the folder, {len(result.unlabelled)} without a labelled joint in the image'
    )


if __name__ == '__main__':
    run(main)
