"""Draw the heatmaps of pose models for clean and perturbed test pictures."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from heatmap_examples import collect_examples, most_moved, only_keypoint
from heatmap_figure import draw_heatmaps
from shown_models import add_model_arguments, load_models, named_models
from shown_pictures import check_same_pictures, named_pictures, open_test_set

import mmpose_stable  # noqa: F401  registers the package before any config is built
from mmpose_stable.cli.command import CommandParser, run
from mmpose_stable.files import check_writable
from mmpose_stable.model_files import keypoint_names
from mmpose_stable.perturbations.table import check_kind, check_severity
from mmpose_stable.robustness.report.pictures import Example
from mmpose_stable.robustness.report.style import readable, write_png
from mmpose_stable.robustness.selection import Cell


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = CommandParser(
        description='Draw test pictures, clean and perturbed, with the predictions and heatmaps of '
        'one keypoint by each model: a PNG file a sample.'
    )
    add_model_arguments(parser)
    parser.add_argument('--out', required=True, type=Path, help='folder for the pictures')
    parser.add_argument(
        '--keypoint', help='name or number (default: the one that the first model moves most)'
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = build_parser()
    args = parser.parse_args(argv)
    indices = list(dict.fromkeys(args.index))
    try:
        check_kind(args.kind)
        check_severity(args.severity)
        models = named_models(args.models, args.names)
        cell = Cell(args.kind, args.severity)
        loaded = dict(zip((model.name for model in models), load_models(models, args), strict=True))
        names = [keypoint_names(model) for model in loaded.values()]
        if any(other != names[0] for other in names):
            raise ValueError('the models predict different keypoints, so none can be compared')
        chosen = _keypoint(args.keypoint, names[0])
        datasets = {
            name: open_test_set(model.cfg, [cell], args.seed) for name, model in loaded.items()
        }
        check_same_pictures(
            {name: named_pictures(dataset, indices) for name, dataset in datasets.items()}, indices
        )
        for index in indices:
            check_writable(args.out / f'heatmaps_{index}.png', '--out')
    except ValueError as error:
        parser.error(str(error))
    found = {
        name: collect_examples(model, datasets[name], indices, cell)
        for name, model in loaded.items()
    }
    for at, index in enumerate(indices):
        examples = {name: parts[at] for name, parts in found.items()}
        keypoint = most_moved(next(iter(examples.values()))) if chosen is None else chosen
        called = readable(names[0][keypoint])
        title = f'{called} of sample {index}, {readable(args.kind)} {args.severity}'
        path = args.out / f'heatmaps_{index}.png'
        write_png(path, draw_heatmaps(examples, keypoint, title))
        moved = ', '.join(
            f'{name} {said_of_movement(only_keypoint(example, keypoint))}'
            for name, example in examples.items()
        )
        print(f'{path}: {called} moved by {moved}')


def said_of_movement(example: Example) -> str:
    """Return in words how far an example's only keypoint moved, and where it was not located."""
    maps = {'clean': example.clean_maps, 'perturbed': example.perturbed_maps}
    empty = [name for name, values in maps.items() if values is not None and not (values > 0).any()]
    said = f' (no positive value in the {" and the ".join(empty)} heatmap, so located nowhere)'
    return f'{example.movement:.1f} px{said if empty else ""}'


def _keypoint(given: str | None, names: Sequence[str]) -> int | None:
    if given is None:
        return None
    if given in names:
        return list(names).index(given)
    if given.isdecimal() and int(given) < len(names):
        return int(given)
    raise ValueError(
        f'--keypoint: expected a number below {len(names)} or one of {", ".join(names)}; '
        f'got {given!r}'
    )


if __name__ == '__main__':
    run(main)
