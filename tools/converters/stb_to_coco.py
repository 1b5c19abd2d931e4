"""Convert the Stereo Hand Pose Tracking Benchmark to the JSON that STBDataset reads.

The joint order is that of the readme.txt that comes with the data set (Zhang et al., "A hand pose
tracking benchmark from stereo matching", ICIP 2017).
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from annotation_files import (
    FINGERS,
    HAND_KEYPOINTS,
    Conversion,
    coco_document,
    converter_parser,
    hand_entries,
    image_size,
    inside,
    load_matlab,
    save,
)
from tqdm import tqdm

from mmpose_stable.cli.command import run

#: The usual split: the ten sequences of backgrounds 2 to 6, and the two of background 1.
SPLITS: dict[str, tuple[str, ...]] = {
    'train': tuple(f'B{scene}{kind}' for scene in range(2, 7) for kind in ('Counting', 'Random')),
    'test': ('B1Counting', 'B1Random'),
}
#: Joints of the label files in RHD's names; each finger runs from its base to its tip there.
STB_JOINTS = (
    'palm',
    *(f'{finger}{joint}' for finger in reversed(FINGERS) for joint in (1, 2, 3, 4)),
)
_PALM, _RING_BASE = STB_JOINTS.index('palm'), STB_JOINTS.index('ring_finger1')
_TO_HAND_ORDER = [_PALM, *(STB_JOINTS.index(name) for name in HAND_KEYPOINTS[1:])]


class Camera(NamedTuple):
    """A pinhole camera and its place in the frame of its labels.

    A label ``X`` in millimetres is at ``R^-1 (X - t)`` in the camera's frame.
    """

    #: Suffix of the label file and prefix of the images.
    labels: str
    images: str
    focal: tuple[float, float]
    principal: tuple[float, float]
    #: Rodrigues vector of ``R``, and ``t`` in millimetres.
    rotation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)


_STEREO = dict(labels='BB', focal=(822.79041, 822.79041), principal=(318.47345, 250.31296))
#: ``left`` and ``right`` of the Bumblebee2 stereo pair, whose labels are in the left camera's
#: frame; ``color`` of the RealSense F200, whose labels are in its depth camera's frame.
CAMERAS = {
    'left': Camera(images='BB_left', **_STEREO),
    'right': Camera(images='BB_right', translation=(120.054, 0.0, 0.0), **_STEREO),
    'color': Camera(
        labels='SK',
        images='SK_color',
        focal=(607.92271, 607.88192),
        principal=(314.78337, 236.42484),
        rotation=(0.00531, -0.01196, 0.00301),
        translation=(-24.0381, -0.4563, -1.2326),
    ),
}


def to_camera_frame(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Bring labels (..., 3) in millimetres into the frame of a camera."""
    rotation = cv2.Rodrigues(np.asarray(camera.rotation))[0]
    # Row vectors times R is R transposed, the inverse, times column vectors.
    return (points - np.asarray(camera.translation)) @ rotation


def project(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Project points (..., 3) of a camera's frame to its image, (..., 2) in pixels."""
    return points[..., :2] / points[..., 2:] * camera.focal + np.asarray(camera.principal)


def palm_to_wrist(joints: np.ndarray) -> np.ndarray:
    """Replace the palm centre by the wrist, which STB does not label.

    The palm centre is taken as the middle between the wrist and the base of the ring finger::

        wrist = ring_base + 2 (palm - ring_base)

    This is what Zimmermann and Brox (ICCV 2017) and Ge et al. (CVPR 2019) do to use STB beside RHD,
    and what "wrist" means in scores on STB since then. It is an extrapolation, not a label.

    Args:
        joints: (..., 21, 3) in the order of :data:`STB_JOINTS`.
    """
    joints = joints.copy()
    base = joints[..., _RING_BASE, :]
    joints[..., _PALM, :] = base + 2 * (joints[..., _PALM, :] - base)
    return joints


def read_hand_parameters(path: Path) -> np.ndarray:
    """Read the labels of a sequence, (frames, 21, 3) in millimetres, in STB's order."""
    joints = load_matlab(path, 'handPara')
    if joints.ndim != 3 or joints.shape[:2] != (3, len(STB_JOINTS)):
        raise ValueError(
            f'"handPara" of {path} should have the shape (3, 21, frames), but has {joints.shape}'
        )
    return joints.transpose(2, 1, 0).astype(np.float64)


def convert_stb(source: Path, split: str, cameras: Sequence[str] = ('left',)) -> Conversion:
    """Convert one split in the original layout, ``labels/`` beside ``images/``.

    Keypoints that fall outside of the image are labelled but hidden. File names are relative to
    ``images/``.

    Args:
        source: Folder of the data set.
        split: Key of :data:`SPLITS`.
        cameras: Keys of :data:`CAMERAS`.

    Raises:
        ValueError: A file is missing or not what it should be; the message says which.
    """
    images, annotations = [], []
    for sequence, name in tqdm([(s, c) for s in SPLITS[split] for c in cameras], desc='STB'):
        camera = CAMERAS[name]
        path = source / 'labels' / f'{sequence}_{camera.labels}.mat'
        joints = to_camera_frame(palm_to_wrist(read_hand_parameters(path)), camera)
        joints = joints[:, _TO_HAND_ORDER]
        if not (joints[..., 2] > 0).all():
            raise ValueError(f'{path} has joints behind the camera; are they in millimetres?')
        for frame, points in enumerate(joints):
            file_name = f'{sequence}/{camera.images}_{frame}.png'
            size = image_size(source / 'images' / file_name)
            pixels = project(points, camera)
            keypoints = np.column_stack([pixels, np.where(inside(pixels, size), 2, 1)])
            image, annotation = hand_entries(len(images), file_name, size, keypoints)
            images.append(image)
            annotations.append(annotation)
    document = coco_document('hand', HAND_KEYPOINTS, images, annotations)
    return Conversion(document, Counter())


def main() -> None:
    """Read the arguments and convert."""
    parser = converter_parser(__doc__, 'folder with labels/ and images/')
    parser.add_argument(
        '--split',
        choices=SPLITS,
        required=True,
        help='train: backgrounds 2 to 6; test: background 1',
    )
    parser.add_argument(
        '--cameras',
        nargs='+',
        choices=CAMERAS,
        default=['left'],
        help='stereo left and right, colour camera of the depth sensor (default: left)',
    )
    args = parser.parse_args()
    save(convert_stb(args.source, args.split, args.cameras), args.out)


if __name__ == '__main__':
    run(main)
