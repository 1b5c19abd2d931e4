"""Models that a command line names as CONFIG CHECKPOINT pairs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from mmpose_stable.config_parts import config_file, replace_data_root
from mmpose_stable.model_files import load_model
from mmpose_stable.robustness.provenance import hash_file


class NamedModel(NamedTuple):
    """A model of the command line."""

    name: str
    config: Path
    checkpoint: Path

    def load(self, device: str, data_root: str | None = None) -> nn.Module:
        """Return the model in evaluation mode; its ``cfg`` has the paths below ``data_root``."""
        model = load_model(self.config, self.checkpoint, device)
        if data_root is not None:
            replace_data_root(model.cfg, data_root)
        return model

    def described(self) -> dict[str, str]:
        """Return what a result file says about it."""
        return {
            'name': self.name,
            'config': self.config.name,
            'checkpoint': self.checkpoint.name,
            'checkpoint_sha256': hash_file(self.checkpoint),
        }


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


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``."""
    parser.add_argument(
        '--device',
        default='cuda:0' if torch.cuda.is_available() else 'cpu',
        help='where the models run: cpu, or a GPU such as cuda:0 (default: %(default)s)',
    )


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


def check_models(models: Sequence[NamedModel], option: str) -> None:
    """Check that all files are there and all names differ."""
    for model in models:
        for role, path in (('config', model.config), ('checkpoint', model.checkpoint)):
            if not path.is_file():
                raise ValueError(f'{role}: expected a file, got {str(path)!r}')
    names = [model.name for model in models]
    if len(set(names)) != len(names):
        raise ValueError(
            f'two models are called alike ({", ".join(names)}); tell them apart with {option}'
        )
