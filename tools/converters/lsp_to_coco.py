"""Convert Leeds Sports Pose or its extended set from joints.mat to the JSON LSPDataset reads."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from annotation_files import (
    ConversionError,
    coco_annotation,
    coco_document,
    image_size,
    load_matlab,
    padded_box,
    read_names,
    write_annotations,
)
from tqdm import tqdm

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.datasets.lsp import LSP_KEYPOINTS, LSP_SKELETON

_IMAGE_NAME = re.compile(r'(?:im)?(\d+)(?:\.(?:jpg|png))?')
# The original sets have JPEG pictures; some distributions of the extended set have PNG.
_SUFFIXES = ('.jpg', '.png')
_NUM_JOINTS = len(LSP_KEYPOINTS)


class LspJoints(NamedTuple):
    """Labels of a whole ``joints.mat``."""

    #: (N, 14, 3) x and y in image pixels as the file gives them, and COCO's flag: 0 unlabelled,
    #: 1 hidden, 2 visible.
    keypoints: np.ndarray
    #: File name without suffix of an image by its number, counted from 1, such as ``im{:05d}``.
    image_name: str


class LspConversion(NamedTuple):
    """Result of :func:`convert_lsp`."""

    document: dict[str, Any]
    #: Numbers of the images that are not in the folder.
    absent: list[int]
    #: Numbers of the images without any labelled joint inside the image.
    unlabelled: list[int]


def joints_to_keypoints(joints: np.ndarray) -> LspJoints:
    """Tell the two layouts of ``joints`` apart by shape and bring them to one.

    The third value means opposite things. In LSP (3, 14, N) every joint is labelled and the value
    says *occluded*: 0 becomes 2 (visible), 1 becomes 1 (hidden). In LSP extended (14, 3, N) it says
    *visible*: 1 becomes 2, and 0 becomes 0, as the coordinates are then placeholders outside of
    the image.

    Args:
        joints: Array of ``joints.mat`` in either layout.

    Raises:
        ConversionError: Another shape, another flag than 0 and 1, or a labelled joint whose
            coordinates are not finite.
    """
    if joints.ndim == 3 and joints.shape[:2] == (3, _NUM_JOINTS):
        joints, image_name, flags = joints.transpose(2, 1, 0), 'im{:04d}', (2, 1)
    elif joints.ndim == 3 and joints.shape[:2] == (_NUM_JOINTS, 3):
        joints, image_name, flags = joints.transpose(2, 0, 1), 'im{:05d}', (0, 2)
    else:
        raise ConversionError(
            '"joints" should have the shape (3, 14, N) of LSP or (14, 3, N) of LSP extended, '
            f'but has {joints.shape}'
        )
    keypoints = joints.astype(np.float64)
    if not np.isin(keypoints[..., 2], (0, 1)).all():
        raise ConversionError('the third value of every joint should be 0 or 1')
    keypoints[..., 2] = np.where(keypoints[..., 2] == 0, flags[0], flags[1])
    broken = np.argwhere((keypoints[..., 2] > 0) & ~np.isfinite(keypoints[..., :2]).all(axis=-1))
    if broken.size:
        image, joint = broken[0]
        raise ConversionError(
            f'the coordinates of {LSP_KEYPOINTS[joint]} in {image_name.format(image + 1)} '
            'are not finite though the joint is labelled'
        )
    return LspJoints(keypoints, image_name)


def read_lsp_joints(path: Path) -> LspJoints:
    """Read the labels of an original ``joints.mat``; see :func:`joints_to_keypoints`."""
    content = load_matlab(path)
    if 'joints' not in content:
        raise ConversionError(f'{path} has no variable "joints"')
    return joints_to_keypoints(content['joints'])


def read_image_numbers(path: Path) -> list[int]:
    """Read image numbers, one a line, written as ``im00101.jpg``, ``im00101`` or ``101``."""
    numbers = []
    for name in read_names(path):
        match = _IMAGE_NAME.fullmatch(name)
        if match is None:
            raise ConversionError(
                f'{path} should list images such as im00101.jpg, but has {name!r}'
            )
        numbers.append(int(match.group(1)))
    return numbers


def _person_box(
    keypoints: np.ndarray, padding: float, size: tuple[int, int]
) -> tuple[float, float, float, float] | None:
    """Return the box of a person, or ``None`` without a labelled joint in the image."""
    points = keypoints[keypoints[:, 2] > 0, :2]
    if not len(points):
        return None
    # One margin for both axes: a lying person's box must not cut the width of the limbs.
    margin = padding * float(np.ptp(points, axis=0).max())
    box = padded_box(points, margin, size)
    return box if box[2] * box[3] > 0 else None


def convert_lsp(
    source: Path, numbers: Sequence[int] | None = None, padding: float = 0.1
) -> LspConversion:
    """Convert a folder in the original layout, ``joints.mat`` beside ``images/``.

    Args:
        source: Folder of the data set.
        numbers: Images to convert, counted from 1; each has to exist. Without them all images of
            ``joints.mat``, and those not in the folder are left out.
        padding: Growth of the person box around the labelled joints on each side, as a fraction of
            its longer side. The data set has no boxes, and joints end before head and feet do.

    Raises:
        ConversionError: A file is missing or not what it should be; the message says which.
    """
    if not 0 <= padding < math.inf:
        raise ConversionError(f'padding (--padding): expected 0 or a larger number, got {padding}')
    joints = read_lsp_joints(source / 'joints.mat')
    total = len(joints.keypoints)
    listed = numbers is not None
    wanted = list(numbers) if numbers is not None else list(range(1, total + 1))
    outside = [number for number in wanted if not 1 <= number <= total]
    if outside:
        raise ConversionError(
            f'image number {outside[0]} is not among the {total} images of {source / "joints.mat"}'
        )
    if len(set(wanted)) < len(wanted):
        repeated = sorted({number for number in wanted if wanted.count(number) > 1})
        raise ConversionError(f'image numbers {repeated} are listed more than once')
    folder = source / 'images'
    images, annotations, absent, unlabelled = [], [], [], []
    for number in tqdm(wanted, desc='LSP', unit='image'):
        names = [joints.image_name.format(number) + suffix for suffix in _SUFFIXES]
        path = next((folder / name for name in names if (folder / name).exists()), None)
        if path is None:
            if listed:
                raise ConversionError(
                    f'image {number} is listed, but {folder} has neither {" nor ".join(names)}'
                )
            absent.append(number)
            continue
        keypoints, size = joints.keypoints[number - 1], image_size(path)
        box = _person_box(keypoints, padding, size)
        if box is None:
            unlabelled.append(number)
            continue
        images.append(dict(id=number, file_name=path.name, width=size[0], height=size[1]))
        annotations.append(coco_annotation(number, number, keypoints, box))
    if not images:
        sought = ', '.join(joints.image_name.format(wanted[0]) + suffix for suffix in _SUFFIXES)
        raise ConversionError(
            f'no image of {source / "joints.mat"} is usable in {folder}: {len(absent)} of '
            f'{len(wanted)} are absent (looked for {sought} and so on), {len(unlabelled)} have no '
            'labelled joint inside'
        )
    document = coco_document('person', LSP_KEYPOINTS, LSP_SKELETON, images, annotations)
    return LspConversion(document, absent, unlabelled)


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
