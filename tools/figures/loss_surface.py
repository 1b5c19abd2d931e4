"""Draw the loss of pose models around a few test pictures."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from loss_grid import (
    head_losses,
    loss_grid,
    rademacher_direction,
    unit_direction,
)
from shown_models import add_model_arguments, load_models, named_models
from shown_pictures import check_same_pictures, named_pictures, open_test_set
from surface_figure import draw_surfaces
from torch import nn
from tqdm import tqdm

import mmpose_stable  # noqa: F401  registers the package before any config is built
from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.files import check_writable, write_text
from mmpose_stable.perturbations.table import check_kind, check_severity
from mmpose_stable.robustness.provenance import versions
from mmpose_stable.robustness.report.style import readable, write_png
from mmpose_stable.robustness.selection import Cell

SCHEMA = 'mmpose_stable.loss_surface/1'


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Draw the loss of top-down models around test pictures, along a perturbation '
        'and along random signs, on one vertical scale; the numbers go to a .json beside it.'
    )
    add_model_arguments(parser)
    parser.add_argument('--out', required=True, type=Path, help='PNG file to write')
    parser.add_argument(
        '--range',
        type=float,
        help='how far both axes reach, in grey levels (default: to the perturbed picture)',
    )
    parser.add_argument('--steps', type=int, default=21, help='grid points of an axis, odd')
    parser.add_argument(
        '--relative',
        action='store_true',
        help='divide by the loss of the clean picture, to compare models with different losses',
    )
    parser.add_argument('--batch-size', type=int, default=32, help='pictures in a forward pass')
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.out.suffix != '.png':
        parser.error(f'--out: expected a name ending in .png, got {str(args.out)!r}')
    if args.steps < 3 or args.steps % 2 == 0:
        parser.error(f'--steps: expected an odd number from 3 on, got {args.steps}')
    if args.batch_size < 1:
        parser.error(f'--batch-size: expected at least 1, got {args.batch_size}')
    if args.range is not None and not args.range > 0:
        parser.error(f'--range: expected a number of grey levels above 0, got {args.range}')
    try:
        check_kind(args.kind)
        check_severity(args.severity)
        models = named_models(args.models, args.names)
        samples = [_read(model, args) for model in load_models(models, args)]
        check_same_pictures(
            {model.name: read.pictures for model, read in zip(models, samples, strict=True)},
            args.index,
        )
        check_writable(args.out, '--out')
    except ValueError as error:
        parser.error(str(error))
    reached = np.array([[point['reached'] for point in read.points] for read in samples]).T
    axis = (args.range or float(math.ceil(reached.max()))) * np.linspace(-1, 1, args.steps)
    grids = _measure(samples, axis, args)
    clean = grids[:, :, args.steps // 2, args.steps // 2]
    ids = [point['sample_id'] for point in samples[0].points]
    settings = {'kind': args.kind, 'severity': args.severity, 'seed': args.seed}
    content = {
        'schema': SCHEMA,
        'settings': {**settings, 'index': args.index},
        'units': {'axis': 'root mean square change of a pixel, grey levels of 0 to 255'},
        'axis': axis.tolist(),
        'models': [
            {
                **model.described(),
                'points': [
                    {
                        'index': index,
                        'sample_id': str(ids[p]),
                        'perturbed_at': float(reached[p, m]),
                        'clean_loss': float(clean[p, m]),
                        'loss': grids[p, m].tolist(),
                    }
                    for p, index in enumerate(args.index)
                ],
            }
            for m, model in enumerate(models)
        ],
        'versions': versions(),
    }
    write_text(args.out.with_suffix('.json'), json.dumps(content, indent=1))
    if args.relative and not (clean > 0).all():
        p, m = np.argwhere(clean <= 0)[0]
        parser.error(
            f'--relative: the loss of {models[m].name} on the clean picture {args.index[p]} is '
            f'{clean[p, m]:g} (no labelled keypoint in it?); take another --index or '
            f'leave --relative out; the numbers are in {args.out.with_suffix(".json")}'
        )
    shown = grids / clean[:, :, None, None] if args.relative else grids
    figure = draw_surfaces(
        shown,
        axis,
        reached,
        [model.name for model in models],
        [f'sample {index}' for index in args.index],
        f'{readable(args.kind)} {args.severity}',
        'loss / loss of the clean picture' if args.relative else 'loss',
    )
    write_png(args.out, figure)
    for m, model in enumerate(models):
        print(
            f'{model.name}: loss {clean[:, m].mean():.4g} on the clean pictures, '
            f'{grids[:, m].mean():.4g} on average around them, {grids[:, m].max():.4g} at most'
        )
    print(f'{args.out}\n{args.out.with_suffix(".json")}')


class _Samples(NamedTuple):
    model: nn.Module
    pictures: list[str]
    points: list[dict[str, Any]]


def _read(model: nn.Module, args: argparse.Namespace) -> _Samples:
    """Return a model and its view of each test picture, with both directions."""
    dataset = open_test_set(model.cfg, [Cell(args.kind, args.severity)], args.seed, targets=True)
    pictures = named_pictures(dataset, args.index)
    points = []
    for index in args.index:
        sample = dataset[index]
        weights = sample['data_sample'].gt_instance_labels.get('keypoint_weights')
        if weights is not None and not (weights > 0).any():
            raise ValueError(
                f'--index {index}: no keypoint of that sample is labelled, so its loss is 0 '
                'everywhere; take another, and where the test set has detected boxes, a config '
                'with `test_dataloader.dataset.bbox_file=None`'
            )
        clean, perturbed = (torch.from_numpy(picture).float() for picture in sample['inputs'])
        direction, reached = unit_direction(perturbed - clean)
        points.append(
            {
                'picture': clean,
                'direction': direction,
                'reached': reached,
                'data_sample': sample['data_sample'],
                'sample_id': sample['sample_id'],
            }
        )
    return _Samples(model, pictures, points)


def _measure(samples: Sequence[_Samples], axis: np.ndarray, args: argparse.Namespace) -> np.ndarray:
    """Return the losses (P, M, Y, X) of P pictures and M models."""
    shape = (len(args.index), len(samples), len(axis), len(axis))
    grids = np.empty(shape)
    with tqdm(total=shape[0] * shape[1], desc='surfaces') as progress:
        for m, (model, _, points) in enumerate(samples):
            for p, point in enumerate(points):
                picture = point['picture']
                grids[p, m] = loss_grid(
                    head_losses(model, point['data_sample']),
                    picture,
                    point['direction'],
                    rademacher_direction(tuple(picture.shape), args.seed, args.index[p]),
                    axis,
                    axis,
                    args.batch_size,
                )
                progress.update()
    return grids


if __name__ == '__main__':
    run(main)
