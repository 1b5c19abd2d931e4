"""Convert the Rendered Handpose Dataset to the JSON that MMPose's Rhd2DDataset reads."""

from __future__ import annotations

import sys
from pathlib import Path

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.datasets.converters.files import ConversionError, write_annotations
from mmpose_stable.datasets.converters.rhd import SPLITS, convert_rhd


def main() -> None:
    """Read the arguments and convert."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('source', type=Path, help='folder with training/ and evaluation/')
    parser.add_argument('--split', choices=SPLITS, required=True, help='part to convert')
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write')
    args = parser.parse_args()
    try:
        result = convert_rhd(args.source, args.split)
    except ConversionError as error:
        sys.exit(f'rhd_to_coco: {error}')
    write_annotations(result.document, args.out)
    print(
        f'{args.out}: {len(result.document["images"])} images; left out: '
        f'{len(result.without_hand)} without a hand in the image'
    )


if __name__ == '__main__':
    run(main)
