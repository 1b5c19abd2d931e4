"""Configs of this repository on a few of its photographs of hands, and what runs log."""

import json
from pathlib import Path

TINY = """
_base_ = {base!r}
small = dict(batch_size=2, num_workers=0, persistent_workers=False)
train_dataloader = dict(**small, dataset=dict(data_root={data!r}, indices=8))
val_dataloader = dict(**small, dataset=dict(data_root={data!r}, indices=3))
test_dataloader = val_dataloader
train_cfg = dict(max_iters={updates}, val_interval={updates})
default_hooks = dict(
    logger=dict(interval=1), checkpoint=dict(type='CheckpointHook', interval=2, by_epoch=False))
"""


def tiny_hands(
    repo: Path, folder: Path, config: str = 'demo_hands', updates: int = 4, more: str = ''
) -> Path:
    """Write a config that trains on 8 pictures and tests on 3, from any folder; return its path."""
    path = folder / 'tiny.py'
    base = str(repo / 'configs' / f'{config}.py')
    data = f'{repo / "tools" / "demo" / "hands"}/'
    path.write_text(TINY.format(base=base, data=data, updates=updates) + more)
    return path


def logged(folder: Path) -> list[dict]:
    """Return what the runs of a work folder logged, the oldest first."""
    logs = sorted(folder.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for log in logs for line in log.read_text().splitlines()]
