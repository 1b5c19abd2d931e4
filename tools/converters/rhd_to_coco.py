"""Convert the Rendered Handpose Dataset to the JSON that MMPose's Rhd2DDataset reads."""

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from annotation_files import (
    HAND_KEYPOINTS,
    Conversion,
    coco_document,
    converter_parser,
    hand_entries,
    image_size,
    inside,
    reading,
    save,
)
from PIL import Image
from tqdm import tqdm

from mmpose_stable.cli.command import run

#: Folder of each split; the pickle in it is ``anno_<folder>.pickle``.
SPLITS = {'train': 'training', 'test': 'evaluation'}
_NUM_KEYPOINTS = len(HAND_KEYPOINTS)
_CORE = 'numpy.core.multiarray'
_OF_ARRAYS = ('numpy.ndarray', 'numpy.dtype', f'{_CORE}._reconstruct', '_codecs.encode')


class ArrayUnpickler(pickle.Unpickler):
    """Builds arrays and containers only: a downloaded pickle must not run code."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array of NumPy 1 or 2 is built with."""
        if f'{module.replace("_core", "core")}.{name}' in _OF_ARRAYS:
            return super().find_class(module, name)
        raise ValueError(f'it holds more than arrays: {module}.{name}')


def read_annotations(path: Path) -> dict[int, dict[str, np.ndarray]]:
    """Read ``anno_training.pickle`` or ``anno_evaluation.pickle``.

    Returns:
        By image number: ``uv_vis`` (42, 3) with x, y in pixels and a visibility flag. The left hand
        comes first.

    Raises:
        ValueError: The file is missing, or holds something else.
    """
    with reading(path, 'pickle of arrays'), path.open('rb') as stream:
        content = ArrayUnpickler(stream).load()
    if not isinstance(content, dict) or not all('uv_vis' in v for v in content.values()):
        raise ValueError(f'{path} should hold "uv_vis" by image number')
    return content


def dominant_hand(mask: np.ndarray) -> str | None:
    """Return the hand with more pixels, ``'left'`` or ``'right'``; ``None`` without any.

    RHD is used as a data set of single hands by taking this one of each image: Zimmermann and
    Brox, ICCV 2017.

    Args:
        mask: (H, W) part labels: 2 to 17 the left hand, 18 to 33 the right hand.
    """
    left, right = (np.sum((mask >= first) & (mask < first + 16)) for first in (2, 18))
    if not left and not right:
        return None
    return 'left' if left > right else 'right'


def convert_rhd(source: Path, split: str) -> Conversion:
    """Convert one split in the original layout, ``training/`` beside ``evaluation/``.

    Of each image the dominant hand is taken. A keypoint that RHD flags as hidden is labelled all
    the same (COCO flag 1) while it is inside the image; outside it is unlabelled. File names are
    relative to ``source``.

    Args:
        source: Folder of the data set (``RHD_published_v2``).
        split: Key of :data:`SPLITS`.

    Raises:
        ValueError: A file is missing or not what it should be; the message says which.
    """
    folder = source / SPLITS[split]
    content = read_annotations(folder / f'anno_{SPLITS[split]}.pickle')
    images, annotations = [], []
    left_out: Counter[str] = Counter()
    for number in tqdm(sorted(content), desc='RHD'):
        name, labels = f'{number:05d}.png', content[number]
        with reading(folder / 'mask' / name, 'picture'):
            side = dominant_hand(np.asarray(Image.open(folder / 'mask' / name).convert('L')))
        start = _NUM_KEYPOINTS if side == 'right' else 0
        keypoints = labels['uv_vis'][start : start + _NUM_KEYPOINTS].astype(np.float64)
        size = image_size(folder / 'color' / name)
        seen = inside(keypoints[:, :2], size)
        if side is None or not seen.any():
            left_out['without a hand in the image'] += 1
            continue
        keypoints[:, 2] = np.where(seen, np.where(keypoints[:, 2] > 0, 2, 1), 0)
        image, annotation = hand_entries(
            int(number), f'{SPLITS[split]}/color/{name}', size, keypoints
        )
        images.append(image)
        annotations.append(annotation)
    document = coco_document('hand', HAND_KEYPOINTS, images, annotations)
    return Conversion(document, left_out)


def main() -> None:
    """Read the arguments and convert."""
    parser = converter_parser(__doc__, 'folder with training/ and evaluation/')
    parser.add_argument('--split', choices=SPLITS, required=True, help='part to convert')
    args = parser.parse_args()
    save(convert_rhd(args.source, args.split), args.out)


if __name__ == '__main__':
    run(main)
