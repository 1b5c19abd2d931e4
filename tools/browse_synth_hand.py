"""Draw a contact sheet of the synthetic hand data set, plain or with its keypoints."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from mmpose_stable.datasets.synth_hand import SynthHandDataset
from mmpose_stable.datasets.synth_hand.camera import VIEWS
from mmpose_stable.datasets.synth_hand.renderer import SPLITS
from mmpose_stable.files import write_image


def draw_keypoints(tile: np.ndarray, info: dict, metainfo: dict, scale: float) -> None:
    """Draw links, joints (filled where visible, rings where hidden) and the box, in place."""

    def pixel(point: np.ndarray) -> tuple[int, int]:
        x, y = np.rint((point + 0.5) * scale - 0.5).astype(int).tolist()
        return x, y

    points = info['keypoints'][0]
    for (start, end), colour in zip(
        metainfo['skeleton_links'], metainfo['skeleton_link_colors'].tolist(), strict=True
    ):
        ends = pixel(points[start]), pixel(points[end])
        cv2.line(tile, *ends, colour[::-1], 1, cv2.LINE_AA)
    for point, hidden in zip(points, info['keypoints_occluded'][0], strict=True):
        if hidden:
            cv2.circle(tile, pixel(point), 3, (0, 0, 255), 1, cv2.LINE_AA)
        else:
            cv2.circle(tile, pixel(point), 2, (0, 255, 0), -1, cv2.LINE_AA)
    x1, y1, x2, y2 = info['bbox'][0]
    low, high = np.array([x1, y1]), np.array([x2, y2])
    cv2.rectangle(tile, pixel(low), pixel(high), (255, 255, 0), 1)


def draw_sheet(dataset: SynthHandDataset, columns: int, tile: int, keypoints: bool) -> np.ndarray:
    """Return a sheet of every picture of a data set, (rows * tile, columns * tile, 3) uint8 BGR.

    Args:
        dataset: With square pictures.
        columns: Pictures a row.
        tile: Side of each drawn picture in pixels.
        keypoints: Whether to draw the labels.
    """
    rows = -(-len(dataset) // columns)
    sheet = np.full((rows * tile, columns * tile, 3), 255, dtype=np.uint8)
    for place in tqdm(range(len(dataset)), desc='hands'):
        info = dataset.get_data_info(place)
        picture = cv2.resize(info['img'], (tile, tile), interpolation=cv2.INTER_CUBIC)
        if keypoints:
            draw_keypoints(picture, info, dataset.metainfo, tile / info['img'].shape[0])
        top, left = (part * tile for part in divmod(place, columns))
        sheet[top : top + tile, left : left + tile] = picture
    return sheet


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='PNG to write')
    parser.add_argument('--split', choices=SPLITS, default='train')
    parser.add_argument('--views', choices=VIEWS, default='all')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--first', type=int, default=0, help='index of the first picture')
    parser.add_argument('--count', type=int, default=24)
    parser.add_argument('--columns', type=int, default=6)
    parser.add_argument('--image-size', type=int, default=160, help='side the pictures have')
    parser.add_argument('--tile', type=int, default=240, help='side they are drawn at')
    parser.add_argument('--keypoints', action='store_true', help='draw keypoints and boxes')
    args = parser.parse_args()
    if min(args.count, args.columns, args.tile) < 1 or args.first < 0:
        parser.error('--count, --columns and --tile must be at least 1, --first at least 0')
    if args.out.suffix != '.png':
        parser.error(f'out must end in .png, got {args.out}')
    try:
        dataset = SynthHandDataset(
            num_samples=args.first + args.count,
            seed=args.seed,
            split=args.split,
            views=args.views,
            image_size=(args.image_size, args.image_size),
            indices=list(range(args.first, args.first + args.count)),
        )
    except ValueError as error:
        parser.error(str(error))
    sheet = draw_sheet(dataset, args.columns, args.tile, args.keypoints)
    write_image(args.out, sheet)
    print(f'{args.count} hands in {args.out}')


if __name__ == '__main__':
    main()
