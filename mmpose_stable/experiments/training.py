"""Whose training a work folder holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint

from mmpose_stable.engine.cpu_amp import fast_bfloat16
from mmpose_stable.files import write_text
from mmpose_stable.robustness.provenance import plain

RECORD = 'training.json'
# Parts of a data set's config that say where it lies, not what it is.
_PLACES = ('data_root', 'ann_file')


def mixed_precision() -> str | None:
    """Return the type of mixed precision that this machine is fast in, or None."""
    if torch.cuda.is_available():
        return 'float16'
    return 'bfloat16' if fast_bfloat16() else None


def describe_training(cfg: Config, seed: int) -> dict[str, Any]:
    """Return what decides what a training learns, as JSON holds it."""
    loader = cfg.train_dataloader.to_dict()
    dataset = {key: value for key, value in loader['dataset'].items() if key not in _PLACES}
    described = {
        'model': cfg.model.to_dict(),
        'train_cfg': cfg.train_cfg.to_dict(),
        'optim_wrapper': cfg.optim_wrapper.to_dict(),
        'param_scheduler': [each.to_dict() for each in cfg.param_scheduler],
        'custom_hooks': [hook.to_dict() for hook in cfg.get('custom_hooks') or []],
        'train_dataloader.batch_size': loader['batch_size'],
        'train_dataloader.sampler': loader.get('sampler'),
        'train_dataloader.dataset': dataset,
        'seed': seed,
        'precision': mixed_precision() or 'float32',
    }
    return json.loads(json.dumps(plain(described)))


def hash_training(described: dict[str, Any]) -> str:
    """Return a hash of what :func:`describe_training` says, the same on every machine."""
    kept = {key: value for key, value in described.items() if key != 'precision'}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def start_training(described: dict[str, Any], folder: Path) -> None:
    """Note in a work folder whose training it holds, or check that it is this one.

    A resumed run takes the schedule from its checkpoint, so a result that was begun by another
    config would be of neither.

    Args:
        described: What :func:`describe_training` returns.
        folder: The work folder.

    Raises:
        ValueError: It holds another training, or one that nobody noted; the message says what
            differs.
    """
    record = folder / RECORD
    if record.is_file():
        before = json.loads(record.read_text(encoding='utf-8'))
        changed = [key for key in described if before.get(key) != described[key]]
        if changed:
            raise ValueError(
                f'{folder} holds a training with another {", ".join(changed)}; remove the folder '
                'to train anew'
            )
    elif find_latest_checkpoint(str(folder)):
        raise ValueError(
            f'{folder} holds checkpoints but no {RECORD} that says whose; remove the folder to '
            'train anew'
        )
    else:
        write_text(record, json.dumps(described, indent=1) + '\n')
