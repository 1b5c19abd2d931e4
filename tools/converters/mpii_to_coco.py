"""Convert the MPII Human Pose release to the files that MMPose's MpiiDataset reads.

The release labels only its training images; a validation part is chosen by a list of image names.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmpose_stable.cli.command import run
from mmpose_stable.datasets.converters.files import (
    ConversionError,
    read_names,
    write_annotations,
    write_matlab,
)
from mmpose_stable.datasets.converters.mpii import annotation_list, head_box_file, read_persons


def main() -> None:
    """Read the arguments and convert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('release', type=Path, help='mpii_human_pose_v1_u12_1.mat')
    parser.add_argument('--images', type=Path, help='list of the images to take, one a line')
    parser.add_argument('--without-images', type=Path, help='list of the images to leave out')
    parser.add_argument(
        '--separated-only', action='store_true', help='only persons not close to another one'
    )
    parser.add_argument(
        '--test', action='store_true', help='the persons of the test images, without labels'
    )
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write (ann_file)')
    parser.add_argument(
        '--head-boxes', type=Path, help='MATLAB file to write (headbox_file, for PCKh)'
    )
    args = parser.parse_args()
    if args.test and args.head_boxes:
        parser.error('--head-boxes: the test images have none; leave out --test or --head-boxes')
    try:
        result = read_persons(
            args.release,
            images=set(read_names(args.images)) if args.images else None,
            without_images=set(read_names(args.without_images)) if args.without_images else set(),
            separated_only=args.separated_only,
            test=args.test,
        )
    except ConversionError as error:
        sys.exit(f'mpii_to_coco: {error}')
    write_annotations(annotation_list(result.persons), args.out)
    if args.head_boxes:
        write_matlab(head_box_file(result.persons), args.head_boxes)
    print(
        f'{args.out}: {len(result.persons)} persons; left out: {result.incomplete} without '
        f'{"a place" if args.test else "complete labels"}'
    )


if __name__ == '__main__':
    run(main)
