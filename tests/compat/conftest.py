"""Interpreters with other packages around them, and a small MMPose run with real checkpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner

import mmpose_stable  # noqa: F401

KEYPOINTS = ('left', 'right', 'top')
# Spelt out, because MMPose looks the files of its own data sets up from the current folder.
METAINFO = dict(
    dataset_name='three_points',
    keypoint_info={
        index: dict(name=name, id=index, color=[0, 255, 0], type='upper', swap='')
        for index, name in enumerate(KEYPOINTS)
    },
    skeleton_info={},
    joint_weights=[1.0] * len(KEYPOINTS),
    sigmas=[0.05] * len(KEYPOINTS),
)
CODEC = dict(type='MSRAHeatmap', input_size=(32, 32), heatmap_size=(8, 8), sigma=1)


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
        return subprocess.run(
            [sys.executable, '-S', '-W', 'ignore', '-c', code],
            cwd=tmp_path,
            env={
                **os.environ,
                'PYTHONPATH': f'{packages}{os.pathsep}{repo}',
                'PYTHONDONTWRITEBYTECODE': '1',  # byte code would land in the linked packages
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def _write_persons(folder: Path) -> None:
    """Write four noise images with one COCO person each."""
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for index in range(4):
        image = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{index}.png'), image)
        points = rng.uniform(4, 28, (len(KEYPOINTS), 2))
        keypoints = np.concatenate([points, np.full((len(KEYPOINTS), 1), 2.0)], axis=1)
        images.append(dict(id=index, file_name=f'{index}.png', width=32, height=32))
        annotations.append(
            dict(
                id=index,
                image_id=index,
                category_id=1,
                bbox=[2, 2, 28, 28],
                area=784,
                iscrowd=0,
                num_keypoints=len(KEYPOINTS),
                keypoints=keypoints.ravel().tolist(),
            )
        )
    categories = [dict(id=1, name='person', keypoints=[], skeleton=[])]
    text = json.dumps(dict(images=images, annotations=annotations, categories=categories))
    (folder / 'persons.json').write_text(text)


@pytest.fixture(scope='session')
def make_config(tmp_path_factory) -> Callable[..., Config]:
    """Return a function that makes the config of a tiny run, in a work folder of its own."""
    data_root = tmp_path_factory.mktemp('persons')
    _write_persons(data_root)
    pipeline = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='TopdownAffine', input_size=(32, 32)),
        dict(type='GenerateTarget', encoder=CODEC),
        dict(type='PackPoseInputs'),
    ]
    dataset = dict(
        type='CocoDataset',
        data_root=str(data_root),
        ann_file='persons.json',
        data_prefix=dict(img=''),
        data_mode='topdown',
        metainfo=METAINFO,
        pipeline=pipeline,
    )
    loader = dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dataset,
    )
    model = dict(
        type='TopdownPoseEstimator',
        data_preprocessor=dict(type='PoseDataPreprocessor'),
        backbone=dict(type='ResNet', depth=18, stem_channels=8, base_channels=8),
        head=dict(
            type='HeatmapHead',
            in_channels=64,
            out_channels=len(KEYPOINTS),
            deconv_out_channels=(8, 8, 8),
            deconv_kernel_sizes=(4, 4, 4),
            loss=dict(type='KeypointMSELoss', use_target_weight=True),
            decoder=CODEC,
        ),
    )

    def make(**changes) -> Config:
        return Config(
            dict(
                default_scope='mmpose',
                # Runners of one name share their message hub, and nothing would need resuming.
                experiment_name=uuid.uuid4().hex,
                work_dir=str(tmp_path_factory.mktemp('work')),
                model=model,
                train_dataloader=loader,
                val_dataloader=loader,
                test_dataloader=loader,
                val_evaluator=dict(type='PCKAccuracy'),
                test_evaluator=dict(type='PCKAccuracy'),
                train_cfg=dict(by_epoch=True, max_epochs=3, val_interval=1),
                val_cfg=dict(),
                test_cfg=dict(),
                optim_wrapper=dict(optimizer=dict(type='Adam', lr=1e-3)),
                param_scheduler=[
                    dict(type='LinearLR', start_factor=0.1, begin=0, end=2, by_epoch=False),
                    dict(type='MultiStepLR', milestones=[2], by_epoch=True),
                ],
                default_hooks=dict(
                    checkpoint=dict(
                        type='CheckpointHook', interval=1, save_best='PCK', rule='greater'
                    ),
                    logger=dict(type='LoggerHook', interval=1),
                ),
                custom_hooks=[dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.1)],
                randomness=dict(seed=0),
                visualizer=None,
                vis_backends=None,
                log_level='ERROR',
                **changes,
            )
        )

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
