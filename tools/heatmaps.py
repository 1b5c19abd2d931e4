"""Draw a photo, clean and perturbed, with one keypoint and its heatmaps by each model."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

import mmpose_stable  # noqa: F401  before mmpose.apis, which imports all heads

# isort: split
from mmpose.apis import inference_topdown

from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.model_files import keypoint_names, load_model
from mmpose_stable.perturbations import EVERY_KIND, SEVERITIES, perturb
from mmpose_stable.robustness.maps import exposed_heatmaps, score_maps
from mmpose_stable.robustness.report.style import new_figure, shorten, write_png


class Prediction(NamedTuple):
    """What a model finds in a picture: keypoints (K, 2) in its pixels, and heatmaps (K, h, w)."""

    keypoints: np.ndarray
    maps: np.ndarray


def predict(model: nn.Module, picture: np.ndarray, box: list[float]) -> Prediction:
    """Predict one person.

    Args:
        model: A top-down model.
        picture: (H, W, 3) uint8 BGR.
        box: Left, top, right, bottom of the person in pixels.

    Raises:
        ValueError: The model has no heatmaps.
    """
    with exposed_heatmaps(model):
        (found,) = inference_topdown(model, picture, np.array([box]))
    keypoints = found.pred_instances.keypoints[0]
    maps = score_maps(found, model, len(keypoints))
    if maps is None:
        raise ValueError(f'{type(model.head).__name__} predicts no heatmaps')
    return Prediction(keypoints, maps.cpu().numpy())


def draw(
    pictures: list[np.ndarray], found: dict[str, list[Prediction]], keypoint: int, title: str
) -> Figure:
    """Draw a row for each model: the clean and the perturbed picture, then both heatmaps."""
    figure = new_figure(11, 0.4 + 2.9 * len(found))
    grid = figure.subplots(len(found), 4, squeeze=False)
    for row, (name, both) in zip(grid, found.items(), strict=True):
        places = [prediction.keypoints[keypoint] for prediction in both]
        moved = np.linalg.norm(places[1] - places[0])
        titles = (shorten(name, 44), f'perturbed, moved {moved:.1f} px')
        for axes, picture, place, text in zip(row[:2], pictures, places, titles, strict=True):
            axes.imshow(picture[..., ::-1])
            axes.plot(*place, 'o', color='yellow', markeredgecolor='black')
            axes.set_title(text, fontsize=9)
        for axes, prediction, text in zip(row[2:], both, ('clean', 'perturbed'), strict=True):
            axes.imshow(prediction.maps[keypoint], cmap='inferno')
            axes.set_title(f'heatmap, {text}', fontsize=9)
        for axes in row:
            axes.set_axis_off()
            axes.set_autoscale_on(False)
    figure.suptitle(title)
    return figure


def main() -> None:
    """Run the command."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('photo', help='picture of one person')
    parser.add_argument('models', nargs='+', metavar='CONFIG CHECKPOINT', help='top-down models')
    parser.add_argument(
        '--box',
        nargs=4,
        type=float,
        metavar=('LEFT', 'TOP', 'RIGHT', 'BOTTOM'),
        help='the person in the photo, in pixels (default: the whole photo)',
    )
    parser.add_argument('--kind', choices=EVERY_KIND, default='speckle_noise')
    parser.add_argument('--severity', type=int, choices=SEVERITIES, default=3)
    parser.add_argument(
        '--keypoint', help='name of the keypoint (default: what the first model moves most)'
    )
    parser.add_argument('--out', type=Path, default=Path('heatmaps.png'), help='PNG file to write')
    args = parser.parse_args()
    photo = cv2.imread(args.photo)
    if photo is None:
        parser.error(f'photo: expected a readable picture, got {args.photo!r}')
    if len(args.models) % 2:
        parser.error(f'models: expected CONFIG CHECKPOINT pairs, got {len(args.models)} files')

    height, width = photo.shape[:2]
    box = args.box or [0, 0, width, height]
    pictures = [photo, perturb(photo, args.kind, args.severity, key=0, channel_order='bgr')]
    device = 'cuda:0' if torch.cuda.is_available() else 'cpu'
    found, names = {}, []
    for config, checkpoint in zip(args.models[::2], args.models[1::2], strict=True):
        model = load_model(config, checkpoint, device)
        found[f'{Path(config).stem}, {checkpoint}'] = [predict(model, p, box) for p in pictures]
        names.append(keypoint_names(model))
    if names.count(names[0]) < len(names):
        raise ValueError('the models predict different keypoints')
    if args.keypoint is None:
        clean, perturbed = next(iter(found.values()))
        moved = np.linalg.norm(perturbed.keypoints - clean.keypoints, axis=-1)
        keypoint = int(moved.argmax())
    elif args.keypoint in names[0]:
        keypoint = names[0].index(args.keypoint)
    else:
        raise ValueError(f'--keypoint: expected one of {", ".join(names[0])}')
    title = f'{names[0][keypoint]}, {args.kind} {args.severity}'
    write_png(args.out, draw(pictures, found, keypoint, title))
    print(args.out)


if __name__ == '__main__':
    run(main)
