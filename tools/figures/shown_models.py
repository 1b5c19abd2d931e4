"""Models that a command line names as CONFIG CHECKPOINT pairs, and the test pictures for them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from mmpose_stable.cli.named_models import NamedModel, add_device_argument, check_models
from mmpose_stable.config_parts import config_file, replace_data_root


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options by which models and test pictures are chosen."""
    parser.add_argument(
        'models',
        nargs='+',
        type=Path,
        metavar='CONFIG CHECKPOINT',
        help='config file and checkpoint of each model',
    )
    parser.add_argument('--names', help='names of the models, joined by commas')
    parser.add_argument('--data-root', help="folder of the data; it replaces the configs' own")
    parser.add_argument(
        '--index',
        type=int,
        nargs='+',
        default=[0, 1, 2],
        help='positions of samples in the test set (default: 0 1 2)',
    )
    parser.add_argument(
        '--kind', default='speckle_noise', help='kind of the perturbation (default: %(default)s)'
    )
    parser.add_argument(
        '--severity',
        type=int,
        default=3,
        help='severity of the perturbation, 1 to 5 (default: %(default)s)',
    )
    parser.add_argument('--seed', type=int, default=0, help='seed of all random draws (default: 0)')
    add_device_argument(parser)


def named_models(words: Sequence[Path], names: str | None) -> list[NamedModel]:
    """Return the models of a command line."""
    if len(words) % 2:
        raise ValueError(
            f'models: expected CONFIG CHECKPOINT [CONFIG CHECKPOINT ...], got {len(words)} files'
        )
    pairs = [
        (Path(config_file(config)), checkpoint)
        for config, checkpoint in zip(words[::2], words[1::2], strict=True)
    ]
    called = names.split(',') if names else [config.stem for config, _ in pairs]
    if len(called) != len(pairs):
        raise ValueError(f'--names: expected {len(pairs)} names, got {len(called)}: {names!r}')
    models = [NamedModel(name, *pair) for name, pair in zip(called, pairs, strict=True)]
    check_models(models, '--names')
    return models


def load_models(models: Sequence[NamedModel], args: argparse.Namespace) -> list[nn.Module]:
    """Return the models in evaluation mode; their ``cfg`` has the paths below ``--data-root``."""
    loaded = [model.load(args.device) for model in models]
    for model in loaded if args.data_root else ():
        replace_data_root(model.cfg, args.data_root)
    return loaded
