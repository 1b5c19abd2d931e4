"""Convert Leeds Sports Pose or its extended set from joints.mat to the JSON LSPDataset reads."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from annotation_files import (
    Conversion,
    coco_annotation,
    coco_document,
    converter_parser,
    image_size,
    load_matlab,
    padded_box,
    read_names,
    save,
)
from tqdm import tqdm

from mmpose_stable.cli.command import run
from mmpose_stable.datasets.lsp import LSP_KEYPOINTS

_IMAGE_NAME = re.compile(r'(?:im)?(\d+)(?:\.(?:jpg|png))?')
# The original sets have JPEG pictures; some distributions of the extended set have PNG.
_SUFFIXES = ('.jpg', '.png')
# Growth of the box on each side, of its longer side: joints end before head and feet do.
_PADDING = 0.1


class LspJoints(NamedTuple):
    """Labels of a whole ``joints.mat``."""

    #: (N, 14, 3) x and y in image pixels as the file gives them, and COCO's flag: 0 unlabelled,
    #: 1 hidden, 2 visible.
    keypoints: np.ndarray
    #: File name without suffix of an image by its number, counted from 1, such as ``im{:05d}``.
    image_name: str


def joints_to_keypoints(joints: np.ndarray) -> LspJoints:
    """Tell the two layouts of ``joints`` apart by shape and bring them to one.

    The third value means opposite things. In LSP (3, 14, N) every joint is labelled and the value
    says *occluded*: 0 becomes 2 (visible), 1 becomes 1 (hidden). In LSP extended (14, 3, N) it says
    *visible*: 1 becomes 2, and 0 becomes 0, as the coordinates are then placeholders outside of
    the image.

    Raises:
        ValueError: Another shape.
    """
    if joints.shape[:2] == (3, 14):
        joints, image_name, flags = joints.transpose(2, 1, 0), 'im{:04d}', (2, 1)
    elif joints.shape[:2] == (14, 3):
        joints, image_name, flags = joints.transpose(2, 0, 1), 'im{:05d}', (0, 2)
    else:
        raise ValueError(
            '"joints" should have the shape (3, 14, N) of LSP or (14, 3, N) of LSP extended, '
            f'but has {joints.shape}'
        )
    keypoints = joints.astype(np.float64)
    keypoints[..., 2] = np.where(keypoints[..., 2] == 0, *flags)
    return LspJoints(keypoints, image_name)


def read_image_numbers(path: Path) -> list[int]:
    """Read image numbers, one a line, written as ``im00101.jpg``, ``im00101`` or ``101``."""
    numbers = []
    for name in read_names(path):
        match = _IMAGE_NAME.fullmatch(name)
        if match is None:
            raise ValueError(f'{path} should list images such as im00101.jpg, but has {name!r}')
        numbers.append(int(match.group(1)))
    return numbers


def _person_box(
    keypoints: np.ndarray, size: tuple[int, int]
) -> tuple[float, float, float, float] | None:
    """Return the box of a person, or ``None`` without a labelled joint in the image."""
    points = keypoints[keypoints[:, 2] > 0, :2]
    if not len(points):
        return None
    # One margin for both axes: a lying person's box must not cut the width of the limbs.
    box = padded_box(points, _PADDING * float(np.ptp(points, axis=0).max()), size)
    return box if box[2] * box[3] > 0 else None


def convert_lsp(source: Path, numbers: Sequence[int] | None = None) -> Conversion:
    """Convert a folder in the original layout, ``joints.mat`` beside ``images/``.

    Args:
        source: Folder of the data set.
        numbers: Images to convert, counted from 1; each has to exist. Without them all images of
            ``joints.mat``, and those not in the folder are left out.

    Raises:
        ValueError: A file is missing or not what it should be; the message says which.
    """
    joints = joints_to_keypoints(load_matlab(source / 'joints.mat', 'joints'))
    total, folder = len(joints.keypoints), source / 'images'
    images, annotations = [], []
    left_out: Counter[str] = Counter()
    for number in tqdm(range(1, total + 1) if numbers is None else numbers, desc='LSP'):
        if not 1 <= number <= total:
            raise ValueError(f'image {number} is not among the {total} of {source / "joints.mat"}')
        names = [joints.image_name.format(number) + suffix for suffix in _SUFFIXES]
        path = next((folder / name for name in names if (folder / name).exists()), None)
        if path is None:
            if numbers is not None:
                raise ValueError(f'{folder} has neither {" nor ".join(names)}')
            left_out['not in the folder'] += 1
            continue
        keypoints, size = joints.keypoints[number - 1], image_size(path)
        box = _person_box(keypoints, size)
        if box is None:
            left_out['without a labelled joint in the image'] += 1
            continue
        images.append(dict(id=number, file_name=path.name, width=size[0], height=size[1]))
        annotations.append(coco_annotation(number, number, keypoints, box))
    if not images:
        raise ValueError(f'{folder} has no usable image, such as {joints.image_name.format(1)}.jpg')
    document = coco_document('person', LSP_KEYPOINTS, images, annotations)
    return Conversion(document, left_out)


def number_range(text: str) -> list[int]:
    """Return the numbers that ``FIRST-LAST`` means."""
    first, last = map(int, text.split('-'))
    return list(range(first, last + 1))


def main() -> None:
    """Read the arguments and convert."""
    parser = converter_parser(__doc__, 'folder with joints.mat and images/')
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument('--split-file', type=Path, help='images to take, one a line')
    chosen.add_argument('--ids', type=number_range, metavar='FIRST-LAST', help='images to take')
    args = parser.parse_args()
    numbers = read_image_numbers(args.split_file) if args.split_file else args.ids
    save(convert_lsp(args.source, numbers), args.out)


if __name__ == '__main__':
    run(main)
