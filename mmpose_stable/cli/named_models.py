"""Models that a command line names as CONFIG CHECKPOINT pairs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from mmpose_stable.model_files import check_checkpoint, load_model
from mmpose_stable.robustness.provenance import hash_file


class NamedModel(NamedTuple):
    """A model of the command line."""

    name: str
    config: Path
    checkpoint: Path

    def load(self, device: str) -> nn.Module:
        """Return the model in evaluation mode."""
        return load_model(self.config, self.checkpoint, device)

    def described(self) -> dict[str, str]:
        """Return what a result file says about it."""
        return {
            'name': self.name,
            'config': self.config.name,
            'checkpoint': self.checkpoint.name,
            'checkpoint_sha256': hash_file(self.checkpoint),
        }


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``."""
    parser.add_argument(
        '--device',
        default='cuda:0' if torch.cuda.is_available() else 'cpu',
        help='where the models run: cpu, or a GPU such as cuda:0 (default: %(default)s)',
    )


def check_models(models: Sequence[NamedModel], option: str) -> None:
    """Check that all checkpoints are there and all names differ."""
    for model in models:
        check_checkpoint(str(model.checkpoint), 'checkpoint')
    names = [model.name for model in models]
    if len(set(names)) != len(names):
        raise ValueError(
            f'two models are called alike ({", ".join(names)}); tell them apart with {option}'
        )
