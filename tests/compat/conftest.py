"""Interpreters with other packages around them, and a small MMPose run with real checkpoints."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest
import tiny_runs
from mmengine.config import Config
from mmengine.runner import Runner

import mmpose_stable  # noqa: F401


def _link_packages(source: Path, target: Path, without: tuple[str, ...]) -> None:
    """Fill ``target`` with links to all that ``source`` holds, except for the given patterns."""
    target.mkdir(exist_ok=True)
    here = [pattern for pattern in without if '/' not in pattern]
    for entry in source.iterdir():
        nested = tuple(p.split('/', 1)[1] for p in without if p.startswith(f'{entry.name}/'))
        if any(fnmatch(entry.name, pattern) for pattern in here):
            continue
        if nested:
            _link_packages(entry, target / entry.name, nested)
        elif not (target / entry.name).exists():
            (target / entry.name).symlink_to(entry)


@pytest.fixture
def run_python(tmp_path: Path, repo: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Return a function that runs code in a fresh interpreter with chosen packages missing.

    ``without`` holds patterns such as ``'mmdet*'`` or ``'mmpose/.mim'``; ``files`` are added.
    """

    def run(code: str, without: tuple[str, ...] = (), files: dict[str, str] | None = None):
        packages = tmp_path / 'packages'
        for folder in sys.path:
            if Path(folder).name in ('site-packages', 'dist-packages') and Path(folder).is_dir():
                _link_packages(Path(folder), packages, without)
        for name, text in (files or {}).items():
            path = packages / name
            path.parent.mkdir(exist_ok=True)
            assert not path.parent.is_symlink(), 'this would write into the installed package'
            path.write_text(text)
        paths = (packages, repo, repo / 'tests/helpers', repo / 'tools/converters')
        return subprocess.run(
            [sys.executable, '-S', '-W', 'ignore', '-c', code],
            cwd=tmp_path,
            env={
                **os.environ,
                'PYTHONPATH': os.pathsep.join(map(str, paths)),
                'PYTHONDONTWRITEBYTECODE': '1',  # byte code would land in the linked packages
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope='session')
def make_config(tmp_path_factory) -> Callable[..., Config]:
    """Return a function that makes the config of a tiny run, in a work folder of its own."""
    data = tiny_runs.write_data(tmp_path_factory.mktemp('persons'), persons=(1, 1, 1, 1))

    average = {'type': 'EMAHook', 'ema_type': 'ExpMomentumEMA', 'momentum': 0.1}

    def make(**changes) -> Config:
        work = tmp_path_factory.mktemp('work')
        cfg = Config.fromfile(tiny_runs.write_training(data, work / 'tiny.py'))
        cfg.val_evaluator = cfg.test_evaluator = {'type': 'PCKAccuracy'}
        cfg.merge_from_dict(
            {
                # Runners of one name share their message hub, and nothing would need resuming.
                'experiment_name': uuid.uuid4().hex,
                'optim_wrapper': {'optimizer': {'_delete_': True, 'type': 'Adam', 'lr': 1e-3}},
                'custom_hooks': [average],
                'default_hooks.logger.interval': 1,
                'default_hooks.checkpoint': {
                    '_delete_': True,
                    'type': 'CheckpointHook',
                    'interval': 1,
                    'save_best': 'PCK',
                    'rule': 'greater',
                },
                **changes,
            }
        )
        cfg.train_cfg = {'by_epoch': True, 'max_epochs': 3, 'val_interval': 1}
        cfg.param_scheduler = [
            {'type': 'LinearLR', 'start_factor': 0.1, 'begin': 0, 'end': 2, 'by_epoch': False},
            {'type': 'MultiStepLR', 'milestones': [2], 'by_epoch': True},
        ]
        return cfg

    return make


@pytest.fixture(scope='session')
def trained(make_config) -> Runner:
    """Return a runner after three epochs; its work folder holds what MMEngine saved."""
    runner = Runner.from_cfg(make_config())
    runner.train()
    return runner


@pytest.fixture(scope='session')
def checkpoint_file(trained) -> Path:
    """Return the checkpoint after the second epoch, with optimizer, schedules, EMA and logs."""
    return Path(trained.work_dir) / 'epoch_2.pth'
