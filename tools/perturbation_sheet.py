"""Draw a contact sheet of one photo: one row a kind of perturbation, at severities 1 to 5."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mmpose_stable.perturbations import (
    EVERY_KIND,
    HELD_OUT_KINDS,
    SEVERITIES,
    TRAINING_KINDS,
    perturb,
    resolve_kinds,
)

LABEL_WIDTH = 190
HEADER_HEIGHT = 34
GAP = 4


def _write(sheet: np.ndarray, text: str, left: int, baseline: int, size: float = 0.55) -> None:
    cv2.putText(sheet, text, (left, baseline), cv2.FONT_HERSHEY_SIMPLEX, size, 0, 1, cv2.LINE_AA)


def fit_square(image: np.ndarray, side: int) -> np.ndarray:
    """Cut the central square out of an (H, W, 3) image and scale it to `side` pixels."""
    height, width = image.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = image[top : top + edge, left : left + edge]
    shrinks = edge > side
    return cv2.resize(
        square, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )


def draw_sheet(
    image: np.ndarray,
    seed: int,
    frost_folder: str | None = None,
    kinds: Sequence[str] = EVERY_KIND,
) -> np.ndarray:
    """Return the sheet of a square BGR image: a row a kind, the clean image first, then severities.

    Args:
        image: (S, S, 3) uint8 BGR.
        seed: Key of the random draws.
        frost_folder: Folder of frost photographs instead of the drawn ice.
        kinds: The rows.
    """
    side = image.shape[0]
    step = side + GAP
    shape = HEADER_HEIGHT + len(kinds) * step, LABEL_WIDTH + (1 + len(SEVERITIES)) * step, 3
    sheet = np.full(shape, 255, np.uint8)
    for column, title in enumerate(['clean', *(f'severity {s}' for s in SEVERITIES)]):
        _write(sheet, title, LABEL_WIDTH + column * step, HEADER_HEIGHT - 12)
    groups = dict.fromkeys(TRAINING_KINDS, 'training') | dict.fromkeys(HELD_OUT_KINDS, 'held out')
    for row, kind in enumerate(kinds):
        top = HEADER_HEIGHT + row * step
        _write(sheet, kind, 8, top + side // 2)
        _write(
            sheet,
            groups.get(kind, ''),
            8,
            top + side // 2 + 20,
            0.4,
        )
        views = [
            perturb(image, kind, s, key=seed, channel_order='bgr', frost_folder=frost_folder)
            for s in SEVERITIES
        ]
        for column, view in enumerate([image, *views]):
            left = LABEL_WIDTH + column * step
            sheet[top : top + side, left : left + side] = view
    return sheet


def main() -> None:
    """Read the photo, draw, write one PNG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('image', help='a photo; its central square is shown')
    parser.add_argument('--out', default='perturbations.png', help='PNG file to write')
    parser.add_argument(
        '--kinds',
        default=','.join(EVERY_KIND),
        help='rows: train, held-out, all, or kinds joined by commas (default: every kind)',
    )
    parser.add_argument('--side', type=int, default=224, help='side of each picture in pixels')
    parser.add_argument('--seed', type=int, default=0, help='seed of the random draws (default: 0)')
    parser.add_argument('--frost-folder', help='frost photographs instead of the drawn ice')
    args = parser.parse_args()
    try:
        kinds = resolve_kinds(args.kinds)
    except ValueError as error:
        parser.error(f'--kinds: {error}')

    image = cv2.imread(args.image)
    if image is None:
        parser.error(f'image: expected a readable picture, got {args.image!r}')
    if args.side < 32:
        parser.error(f'--side: expected at least 32 pixels, got {args.side}')
    out = Path(args.out)
    if out.suffix.lower() != '.png':
        parser.error(f'--out: expected a name ending in .png, got {args.out!r}')
    sheet = draw_sheet(fit_square(image, args.side), args.seed, args.frost_folder, kinds)
    out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out), sheet)
    print(f'{out}: {sheet.shape[1]}×{sheet.shape[0]} pixels')


if __name__ == '__main__':
    main()
