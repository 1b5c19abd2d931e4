"""Convert the MPII Human Pose release to the files that MMPose's MpiiDataset reads.

The release labels only its training images; a validation part is chosen by a list of image names.
"""

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from annotation_files import Conversion, converter_parser, load_matlab, read_names, save
from scipy.io import savemat
from tqdm import tqdm

from mmpose_stable.cli.command import run
from mmpose_stable.files import whole_file

_NUM_JOINTS = 16


class MpiiPerson(NamedTuple):
    """An entry of ``ann_file``, and two opposite corners (2, 2) of its head box in pixels."""

    entry: dict[str, Any]
    head_box: np.ndarray


def _structs(value: Any) -> list[Any]:
    """Return MATLAB structs as a list, whether the file holds none, one or several."""
    return [item for item in np.atleast_1d(value).ravel() if hasattr(item, '_fieldnames')]


def _number(struct: Any, field: str) -> float | None:
    """Return a scalar field, or ``None`` where it is missing or empty."""
    value = np.asarray(getattr(struct, field, []))
    return float(value) if value.size == 1 and value.dtype.kind in 'iuf' else None


def _person(image: str, rectangle: Any, test: bool) -> MpiiPerson | None:
    """Return a person, or ``None`` where joints, scale, position or head box are not labelled."""
    points = [
        point
        for group in _structs(getattr(rectangle, 'annopoints', []))
        for point in _structs(getattr(group, 'point', []))
    ]
    position = _structs(getattr(rectangle, 'objpos', []))
    numbers = [
        _number(rectangle, 'scale'),
        *(_number(position[0] if position else None, axis) for axis in 'xy'),
        *(_number(rectangle, corner) for corner in ('x1', 'y1', 'x2', 'y2')),
    ]
    if test:  # nothing but the place is labelled
        points, numbers[3:] = [], [np.nan] * 4
    if not (points or test) or None in numbers:
        return None
    scale, x, y, *corners = numbers
    joints, labelled = np.full((_NUM_JOINTS, 2), -1.0), np.zeros(_NUM_JOINTS, int)
    for point in points:
        joint = int(_number(point, 'id'))
        joints[joint], labelled[joint] = (_number(point, 'x'), _number(point, 'y')), 1
    entry = dict(
        image=image,
        joints=joints.tolist(),
        joints_vis=labelled.tolist(),
        center=[x, y],
        scale=scale,
    )
    return MpiiPerson(entry, np.reshape(corners, (2, 2)))


def read_persons(
    path: Path,
    images: Collection[str] | None = None,
    without_images: Collection[str] = (),
    test: bool = False,
) -> tuple[list[MpiiPerson], int]:
    """Read the persons of the release's training images, the only ones with labels.

    Coordinates stay as in the release, in pixels counted from 1.

    Args:
        path: ``mpii_human_pose_v1_u12_1.mat``.
        images: Names of the images to take; all without it.
        without_images: Names of the images to leave out.
        test: Take the persons of the test images instead, without joints and head boxes; only
            those that the release lists in ``single_person``, which are not close to another one.

    Returns:
        The persons, and how many were left out because their labels are incomplete.

    Raises:
        ValueError: Another file, or an image name that those images don't have.
    """
    release = load_matlab(path, 'RELEASE', struct_as_record=False, squeeze_me=True)
    entries = _structs(release.annolist)
    # squeeze_me turns the cell of a single image into its content.
    single = list(release.single_person) if len(entries) > 1 else [release.single_person]
    in_training = np.atleast_1d(release.img_train)

    persons, incomplete, seen = [], 0, set()
    rows = zip(entries, in_training, single, strict=True)
    for entry, trained, alone in tqdm(rows, total=len(entries), desc='MPII'):
        name = str(entry.image.name)
        if bool(trained) == test:
            continue
        seen.add(name)
        if name in without_images or (images is not None and name not in images):
            continue
        for index, rectangle in enumerate(_structs(getattr(entry, 'annorect', [])), start=1):
            if test and index not in np.atleast_1d(alone):
                continue
            person = _person(name, rectangle, test)
            if person is None:
                incomplete += 1
            else:
                persons.append(person)
    unknown = sorted({*(images or ()), *without_images} - seen)
    if unknown:
        part = 'test' if test else 'training'
        raise ValueError(f'{unknown[0]} is not among the {part} images of {path}')
    if not persons:
        raise ValueError(f'no person of {path} is chosen and labelled')
    return persons, incomplete


def write_head_boxes(persons: list[MpiiPerson], path: Path) -> None:
    """Write ``headboxes_src`` (2, 2, N), the corners of the boxes, as ``headbox_file`` for PCKh."""
    boxes = np.stack([person.head_box for person in persons], axis=-1)
    with whole_file(path) as temporary, temporary.open('wb') as stream:
        savemat(stream, dict(headboxes_src=boxes))


def main() -> None:
    """Read the arguments and convert."""
    parser = converter_parser(__doc__, 'mpii_human_pose_v1_u12_1.mat')
    parser.add_argument('--images', type=Path, help='list of the images to take, one a line')
    parser.add_argument('--without-images', type=Path, help='list of the images to leave out')
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        '--test', action='store_true', help='the single persons of the test images, without labels'
    )
    chosen.add_argument(
        '--head-boxes', type=Path, help='MATLAB file to write (headbox_file, for PCKh)'
    )
    args = parser.parse_args()
    persons, incomplete = read_persons(
        args.source,
        images=set(read_names(args.images)) if args.images else None,
        without_images=set(read_names(args.without_images)) if args.without_images else (),
        test=args.test,
    )
    left_out = Counter({'without complete labels': incomplete})
    save(Conversion([person.entry for person in persons], left_out), args.out)
    if args.head_boxes:
        write_head_boxes(persons, args.head_boxes)


if __name__ == '__main__':
    run(main)
