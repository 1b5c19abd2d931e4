"""The files of a stabilising training: its config, its checkpoints and its result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner.checkpoint import CheckpointLoader, find_latest_checkpoint

from mmpose_stable.files import whole_file
from mmpose_stable.version import __version__

RESULT_FILE = 'stabilized.pth'


def check_folder(folder: Path, given: Sequence[str], resume: bool) -> None:
    """Raise an error if a run would overwrite files that it did not make.

    Args:
        folder: Where everything will go.
        given: The user's config and checkpoint.
        resume: Whether an earlier run is to go on.

    Raises:
        ValueError: The folder holds one of the user's files, or an earlier run.
    """
    for path in map(Path, given):
        if path.resolve().parent == folder.resolve():
            raise ValueError(
                f'--work-dir: {folder} holds {path.name}, which is yours; choose another folder'
            )
    if not resume and (folder / 'last_checkpoint').is_file():
        raise ValueError(
            f'--work-dir: {folder} holds an earlier run; go on with it (--resume), or choose '
            'another folder'
        )


def write_config(path: Path, cfg: Config, resume: bool) -> None:
    """Write a config that ``mmpose-stable train`` runs.

    Raises:
        ValueError: A run with other settings is to be resumed.
    """
    if resume and path.is_file() and path.read_text(encoding='utf-8') != cfg.pretty_text:
        raise ValueError(
            f'--resume: {path} is of a run with other options; give those, or another --work-dir'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(path)


def save_result(folder: Path, checkpoint: str) -> Path:
    """Write the weights of the last checkpoint as a file that the user's config loads.

    Returns:
        The file: the keys of the user's model, and nothing of the training.
    """
    trained = CheckpointLoader.load_checkpoint(find_latest_checkpoint(str(folder)), 'cpu')
    meta = CheckpointLoader.load_checkpoint(checkpoint, 'cpu').get('meta') or {}
    kept = {'dataset_meta': meta['dataset_meta']} if 'dataset_meta' in meta else {}
    content = {'state_dict': trained['state_dict'], 'meta': {**kept, 'mmpose_stable': __version__}}
    with whole_file(folder / RESULT_FILE) as temporary:
        torch.save(content, temporary)
    return folder / RESULT_FILE


def cost_in_words(folder: Path, cfg: Config) -> str:
    """Return how long the training took, killed and resumed parts together."""
    logs = sorted(folder.glob('*/vis_data/scalars.json'))
    entries = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    times = [entry['time'] for entry in entries if 'time' in entry]
    updates, batch = cfg.train_cfg.max_iters, cfg.train_dataloader.batch_size
    minutes, seconds = divmod(round(updates * sum(times) / max(len(times), 1)), 60)
    labels = 'with labels' if cfg.model.get('supervised') == 'all' else 'without labels'
    return (
        f'{updates} updates of {batch} pictures {labels}, {minutes} min {seconds} s; predicting '
        'costs what it did.'
    )
