"""Convert the Rendered Handpose Dataset to the JSON that MMPose's Rhd2DDataset reads."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from annotation_files import (
    HAND_KEYPOINTS,
    HAND_SKELETON,
    ConversionError,
    coco_annotation,
    coco_document,
    hand_box,
    image_size,
    write_annotations,
)
from tqdm import tqdm

from mmpose_stable.cli.command import CommandParser, run

#: Folder of each split; the pickle in it is ``anno_<folder>.pickle``.
SPLITS = {'train': 'training', 'test': 'evaluation'}
_NUM_KEYPOINTS = len(HAND_KEYPOINTS)
# Mask values of the parts of each hand: 15 finger parts and the palm.
_MASK_VALUES = dict(left=(2, 17), right=(18, 33))
_CORE = 'numpy.core.multiarray'
_OF_ARRAYS = ('numpy.ndarray', 'numpy.dtype', f'{_CORE}._reconstruct', '_codecs.encode')
_FIELDS = dict(K=(3, 3), uv_vis=(2 * _NUM_KEYPOINTS, 3), xyz=(2 * _NUM_KEYPOINTS, 3))


class RhdConversion(NamedTuple):
    """Result of :func:`convert_rhd`."""

    document: dict[str, Any]
    #: Ids of the images whose mask shows no hand.
    without_hand: list[int]


class ArrayUnpickler(pickle.Unpickler):
    """Builds arrays and containers only: a downloaded pickle must not run code."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array of NumPy 1 or 2 is built with."""
        if f'{module.replace("_core", "core")}.{name}' in _OF_ARRAYS:
            return super().find_class(module, name)
        raise ConversionError(f'the annotations hold more than arrays: {module}.{name}')


def read_annotations(path: Path) -> dict[int, dict[str, np.ndarray]]:
    """Read ``anno_training.pickle`` or ``anno_evaluation.pickle``.

    Returns:
        By image number: ``uv_vis`` (42, 3) with x, y in pixels and a visibility flag, ``xyz``
        (42, 3) in metres in the camera's frame, ``K`` (3, 3). The left hand comes first.

    Raises:
        ConversionError: The file is missing, holds other objects than dicts and arrays, or other
            fields or shapes.
    """
    if not path.is_file():
        raise ConversionError(f'{path} does not exist')
    with path.open('rb') as stream:
        try:
            content = ArrayUnpickler(stream).load()
        except ConversionError:
            raise
        except Exception as error:  # a damaged pickle raises almost anything
            raise ConversionError(f'{path} is not a pickle of arrays: {error}') from error
    if not isinstance(content, dict) or not content:
        raise ConversionError(f'{path} should hold a dict of annotations by image number')
    for number, annotation in content.items():
        for field, shape in _FIELDS.items():
            found = np.shape(annotation.get(field)) if isinstance(annotation, dict) else None
            if found != shape:
                raise ConversionError(
                    f'"{field}" of image {number} in {path} should have the shape {shape}, '
                    f'but has {found}'
                )
    return content


def dominant_hand(mask: np.ndarray) -> str | None:
    """Return the hand with more pixels, ``'left'`` or ``'right'``; ``None`` without any.

    RHD is used as a data set of single hands by taking this one of each image: Zimmermann and
    Brox, ICCV 2017.

    Args:
        mask: (H, W) part labels: 2 to 17 the left hand, 18 to 33 the right hand.
    """
    pixels = {
        side: int(((mask >= first) & (mask <= last)).sum())
        for side, (first, last) in _MASK_VALUES.items()
    }
    if not any(pixels.values()):
        return None
    return 'left' if pixels['left'] > pixels['right'] else 'right'


def convert_rhd(source: Path, split: str) -> RhdConversion:
    """Convert one split in the original layout, ``training/`` beside ``evaluation/``.

    Of each image the dominant hand is taken. A keypoint that RHD flags as hidden is labelled all
    the same (COCO flag 1) while it is inside the image; outside it is unlabelled. File names are
    relative to ``source``.

    Args:
        source: Folder of the data set (``RHD_published_v2``).
        split: Key of :data:`SPLITS`.

    Raises:
        ConversionError: A file is missing or not what it should be; the message says which.
    """
    folder = source / SPLITS[split]
    content = read_annotations(folder / f'anno_{SPLITS[split]}.pickle')
    images, annotations, without_hand = [], [], []
    for number in tqdm(sorted(content), desc='RHD', unit='image'):
        name = f'{number:05d}.png'
        mask_path = folder / 'mask' / name
        mask = cv2.imread(str(mask_path), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise ConversionError(f'the mask {mask_path} does not exist or is no image')
        side = dominant_hand(mask)
        size = image_size(folder / 'color' / name)
        annotation = _annotation(number, content[number], side, size) if side else None
        if annotation is None:
            without_hand.append(number)
            continue
        intrinsics = content[number]['K'].astype(np.float64)
        images.append(
            dict(
                id=int(number),
                file_name=f'{SPLITS[split]}/color/{name}',
                width=size[0],
                height=size[1],
                cam_param=dict(
                    focal=[intrinsics[0, 0], intrinsics[1, 1]],
                    princpt=[intrinsics[0, 2], intrinsics[1, 2]],
                ),
            )
        )
        annotations.append(annotation)
    document = coco_document('hand', HAND_KEYPOINTS, HAND_SKELETON, images, annotations)
    return RhdConversion(document, without_hand)


def _annotation(
    number: int, labels: dict[str, np.ndarray], side: str, size: tuple[int, int]
) -> dict[str, Any] | None:
    """Return the annotation of one hand, or ``None`` where no keypoint of it is in the image."""
    start = 0 if side == 'left' else _NUM_KEYPOINTS
    hand = slice(start, start + _NUM_KEYPOINTS)
    keypoints = labels['uv_vis'][hand].astype(np.float64)
    if not np.isfinite(keypoints).all():
        raise ConversionError(f'"uv_vis" of image {number} is not finite')
    pixels = keypoints[:, :2]
    inside = ((pixels >= 0) & (pixels <= np.asarray(size) - 1)).all(axis=1)
    if not inside.any():
        return None
    keypoints[:, 2] = np.where(inside, np.where(keypoints[:, 2] > 0, 2, 1), 0)
    box = hand_box(pixels[inside], size)
    return dict(
        coco_annotation(int(number), int(number), keypoints, box),
        hand_type=side,
        joint_cam=np.round(1000 * labels['xyz'][hand].astype(np.float64), 3).tolist(),
    )


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
