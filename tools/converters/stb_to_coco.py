"""Convert the Stereo Hand Pose Tracking Benchmark to the JSON that STBDataset reads."""

from __future__ import annotations

import sys
from pathlib import Path

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.datasets.converters.files import ConversionError, write_annotations
from mmpose_stable.datasets.converters.stb import CAMERAS, SPLITS, convert_stb


def main() -> None:
    """Read the arguments and convert."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('source', type=Path, help='folder with labels/ and images/')
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument(
        '--split', choices=SPLITS, help='train: backgrounds 2 to 6; test: background 1'
    )
    chosen.add_argument('--sequences', nargs='+', metavar='NAME', help='such as B1Counting')
    parser.add_argument(
        '--cameras',
        nargs='+',
        choices=CAMERAS,
        default=['left'],
        help='stereo left and right, colour camera of the depth sensor (default: left)',
    )
    parser.add_argument(
        '--root',
        choices=('wrist', 'palm'),
        default='wrist',
        help='keypoint 0: the palm centre as labelled, or the wrist extrapolated through it from '
        'the base of the ring finger (default: wrist)',
    )
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write')
    args = parser.parse_args()
    try:
        sequences = args.sequences or SPLITS[args.split]
        document = convert_stb(args.source, sequences, args.cameras, args.root)
    except ConversionError as error:
        sys.exit(f'stb_to_coco: {error}')
    write_annotations(document, args.out)
    print(f'{args.out}: {len(document["images"])} images')


if __name__ == '__main__':
    run(main)
