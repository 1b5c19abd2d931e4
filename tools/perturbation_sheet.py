"""Draw a sheet of one photo: a row for each kind of perturbation, clean and at five severities."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.perturbations import EVERY_KIND, SEVERITIES, perturb, resolve_kinds

SIDE = 224
LABEL_WIDTH = 190


def fit_square(image: np.ndarray) -> np.ndarray:
    """Cut the central square out of an (H, W, 3) image and scale it to ``SIDE`` pixels."""
    height, width = image.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = image[top : top + edge, left : left + edge]
    method = cv2.INTER_AREA if edge > SIDE else cv2.INTER_CUBIC
    return cv2.resize(square, (SIDE, SIDE), interpolation=method)


def draw_sheet(image: np.ndarray, kinds: Sequence[str]) -> np.ndarray:
    """Return the sheet of a square BGR image, with the name of the kind at the left of each row."""
    rows = []
    for kind in kinds:
        label = np.full((SIDE, LABEL_WIDTH, 3), 255, np.uint8)
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(label, kind, (8, SIDE // 2), font, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
        views = [perturb(image, kind, s, key=0, channel_order='bgr') for s in SEVERITIES]
        rows.append(np.hstack([label, image, *views]))
    return np.vstack(rows)


def main() -> None:
    """Read the photo, draw, write one picture."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('image', help='a photo; its central square is shown')
    parser.add_argument('--out', type=Path, default=Path('sheet.png'), help='picture to write')
    parser.add_argument(
        '--kinds',
        default=','.join(EVERY_KIND),
        help='train, held-out, all, or kinds joined by commas (default: every kind)',
    )
    args = parser.parse_args()
    image = cv2.imread(args.image)
    if image is None:
        parser.error(f'image: expected a readable picture, got {args.image!r}')
    cv2.imwrite(str(args.out), draw_sheet(fit_square(image), resolve_kinds(args.kinds)))
    print(args.out)


if __name__ == '__main__':
    run(main)
