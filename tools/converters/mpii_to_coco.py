"""Convert the MPII Human Pose release to the files that MMPose's MpiiDataset reads.

The release labels only its training images; a validation part is chosen by a list of image names.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from annotation_files import (
    ConversionError,
    load_matlab,
    read_names,
    write_annotations,
    write_matlab,
)
from tqdm import tqdm

from mmpose_stable.cli.command import CommandParser, run

#: Names in the order of the release's joint ids, as the evaluation scripts write them.
MPII_JOINTS = (
    'rank', 'rkne', 'rhip', 'lhip', 'lkne', 'lank', 'pelv', 'thor',
    'neck', 'head', 'rwri', 'relb', 'rsho', 'lsho', 'lelb', 'lwri',
)  # fmt: skip


class MpiiPerson(NamedTuple):
    """A labelled person; all coordinates as in the release, in pixels counted from 1."""

    image: str
    #: (16, 2), (-1, -1) for joints without a label.
    joints: np.ndarray
    #: (16,), 1 where labelled, hidden or not.
    labelled: np.ndarray
    #: Height of the person as a fraction of 200 px, and a point in the middle of the person.
    scale: float
    center: tuple[float, float]
    #: (2, 2), two opposite corners of the head box.
    head_box: np.ndarray


class MpiiPersons(NamedTuple):
    """Result of :func:`read_persons`."""

    persons: list[MpiiPerson]
    #: Persons left out since joints, scale, position or head box are not labelled.
    incomplete: int


def _structs(value: Any) -> list[Any]:
    """Return MATLAB structs as a list, whether the file holds none, one or several."""
    return [item for item in np.atleast_1d(value).ravel() if hasattr(item, '_fieldnames')]


def _number(struct: Any, field: str) -> float | None:
    """Return a scalar field, or ``None`` where it is missing or empty."""
    value = np.asarray(getattr(struct, field, []))
    return float(value) if value.size == 1 and value.dtype.kind in 'iuf' else None


def _person(image: str, rectangle: Any) -> MpiiPerson | None:
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
    if not points or any(number is None for number in numbers):
        return None
    scale, x, y, *corners = numbers
    joints, labelled = np.full((len(MPII_JOINTS), 2), -1.0), np.zeros(len(MPII_JOINTS), dtype=int)
    for point in points:
        joint, place = _number(point, 'id'), (_number(point, 'x'), _number(point, 'y'))
        if joint not in range(len(MPII_JOINTS)) or None in place or not np.isfinite(place).all():
            raise ConversionError(f'a joint of {image} has no valid id and position')
        joints[int(joint)], labelled[int(joint)] = place, 1
    return MpiiPerson(image, joints, labelled, scale, (x, y), np.reshape(corners, (2, 2)))


def read_persons(
    path: Path,
    images: Collection[str] | None = None,
    without_images: Collection[str] = (),
    separated_only: bool = False,
) -> MpiiPersons:
    """Read the persons of the release's training images, the only ones with labels.

    Args:
        path: ``mpii_human_pose_v1_u12_1.mat``.
        images: Names of the images to take; all without it.
        without_images: Names of the images to leave out.
        separated_only: Take only the persons that the release lists in ``single_person``, those
            not close to another one.

    Raises:
        ConversionError: Another file, or an image name that the training images don't have.
    """
    release = load_matlab(path, struct_as_record=False, squeeze_me=True).get('RELEASE')
    missing = {'annolist', 'img_train', 'single_person'} - set(getattr(release, '_fieldnames', ()))
    if missing:
        raise ConversionError(f'{path} should hold a struct RELEASE with {sorted(missing)}')
    entries = _structs(release.annolist)
    in_training = np.atleast_1d(release.img_train)
    # squeeze_me turns the cell of a single image into its content.
    single = release.single_person
    single = list(single) if len(entries) > 1 else [single]
    if not len(entries) == len(in_training) == len(single):
        raise ConversionError(f'annolist, img_train and single_person of {path} differ in length')

    persons, incomplete, seen = [], 0, set()
    for entry, trained, alone in tqdm(
        zip(entries, in_training, single, strict=True), total=len(entries), desc='MPII'
    ):
        name = str(entry.image.name)
        if not trained:
            continue
        seen.add(name)
        if name in without_images or (images is not None and name not in images):
            continue
        for index, rectangle in enumerate(_structs(getattr(entry, 'annorect', [])), start=1):
            if separated_only and index not in np.atleast_1d(alone):
                continue
            person = _person(name, rectangle)
            if person is None:
                incomplete += 1
            else:
                persons.append(person)
    unknown = sorted({*(images or ()), *without_images} - seen)
    if unknown:
        raise ConversionError(f'{unknown[0]} is not among the training images of {path}')
    if not persons:
        raise ConversionError(f'no person of {path} is chosen and labelled')
    return MpiiPersons(persons, incomplete)


def annotation_list(persons: list[MpiiPerson]) -> list[dict[str, Any]]:
    """Return the list that ``MpiiDataset`` reads as ``ann_file``."""
    return [
        dict(
            image=person.image,
            joints=person.joints.tolist(),
            joints_vis=person.labelled.tolist(),
            center=list(person.center),
            scale=person.scale,
        )
        for person in persons
    ]


def head_box_file(persons: list[MpiiPerson]) -> dict[str, np.ndarray]:
    """Return the variables of the ``headbox_file`` for PCKh, in the order of the persons.

    ``headboxes_src`` (2, 2, N) are the head boxes' corners; ``pos_gt_src`` (16, 2, N),
    ``jnt_missing`` (16, N) and ``dataset_joints`` are what MPII's evaluation scripts read beside.
    """
    return dict(
        headboxes_src=np.stack([person.head_box for person in persons], axis=-1),
        pos_gt_src=np.stack([person.joints for person in persons], axis=-1),
        jnt_missing=1 - np.stack([person.labelled for person in persons], axis=-1),
        dataset_joints=np.array([MPII_JOINTS], dtype=object),
    )


def main() -> None:
    """Read the arguments and convert."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('release', type=Path, help='mpii_human_pose_v1_u12_1.mat')
    parser.add_argument('--images', type=Path, help='list of the images to take, one a line')
    parser.add_argument('--without-images', type=Path, help='list of the images to leave out')
    parser.add_argument(
        '--separated-only', action='store_true', help='only persons not close to another one'
    )
    parser.add_argument('--out', type=Path, required=True, help='JSON file to write (ann_file)')
    parser.add_argument(
        '--head-boxes', type=Path, help='MATLAB file to write (headbox_file, for PCKh)'
    )
    args = parser.parse_args()
    try:
        result = read_persons(
            args.release,
            images=set(read_names(args.images)) if args.images else None,
            without_images=set(read_names(args.without_images)) if args.without_images else set(),
            separated_only=args.separated_only,
        )
    except ConversionError as error:
        sys.exit(f'mpii_to_coco: {error}')
    write_annotations(annotation_list(result.persons), args.out)
    if args.head_boxes:
        write_matlab(head_box_file(result.persons), args.head_boxes)
    print(
        f'{args.out}: {len(result.persons)} persons; left out: {result.incomplete} without '
        'complete labels'
    )


if __name__ == '__main__':
    run(main)
