"""Change a user's config into the one that makes its model stable."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from mmpose_stable.config_parts import type_name
from mmpose_stable.methods import (
    MethodError,
    before_packing,
    import_package,
    stability_trained,
    training_pipelines,
)

# Chosen on dev data: docs/results.md, "How it was measured".
BATCH_SIZE = 16
LEARNING_RATE = 5e-4
UPDATES = 600
CHECKPOINTS = 4  # saved along the way
_KINDS = 'heatmap, SimCC, RTMPose, regression, integral regression, composite and RCC heads'
# Steps that read labels.
_OF_LABELS = ('GenerateTarget', 'RandomHalfBody', 'KeypointConverter', 'SingleHandConverter')
_PRETRAINED = ('Pretrained', 'PretrainedIfAvailable')
# An average of weights starts anew here, and a second pipeline would bring the labels back.
_DROPPED_HOOKS = ('EMAHook', 'PipelineSwitchHook', 'YOLOXPoseModeSwitchHook', 'RTMOModeSwitchHook')
# What another training of this package put into the estimator.
_OTHER_METHODS = ('consistency', 'adversary', 'weight_penalty', 'supervised', 'teacher')


def stabilized(
    cfg: Config,
    checkpoint: str | Path,
    *,
    updates: int = UPDATES,
    kinds: str | Sequence[str] = 'train',
    labels: bool = False,
    people: str | Path | None = None,
    **teacher: Any,
) -> Config:
    """Return the config of a training that makes a model's keypoints move less.

    A frozen copy of the model sees the clean picture. The model sees the clean picture and a
    perturbed view, and learns to give the copy's output on both.

    Args:
        cfg: The config of a 2D top-down model of MMPose; it is not changed.
        checkpoint: File with its weights: those to start from, and those of the frozen copy.
        updates: Length of the training.
        kinds: Perturbations of the views, as ``PerturbedViews`` takes them.
        labels: Let the head's own loss see the labels of all views too.
        people: COCO file with the boxes to train on in place of the config's own training data, as
            :func:`~.people.write_people` writes it.
        **teacher: Further arguments of :class:`~mmpose_stable.estimators.teacher.Teacher`.

    Raises:
        MethodError: This kind of model cannot be stabilised, or there are no pictures to train
            on.
    """
    changed = plain(
        cfg, checkpoint, updates=updates, labels=labels, people=people, title='stabilise'
    )
    views = {'type': 'PerturbedViews', 'num_views': 1, 'kinds': kinds}
    stability_trained(
        changed,
        supervised='all' if labels else 'none',
        teacher={'checkpoint': _whole_path(checkpoint), **teacher},
    )
    before_packing(changed, [views], pack='PackPoseViews')
    # The density of RLE's head is a part of its own loss alone.
    if not labels and 'RLEHead' in (_name(part) for part in _configured(changed.model)):
        changed.find_unused_parameters = True
    return changed


def plain(
    cfg: Config,
    checkpoint: str | Path,
    *,
    updates: int = UPDATES,
    labels: bool = True,
    people: str | Path | None = None,
    title: str = 'plain copy',
) -> Config:
    """Return the config of an equally long training without views and teacher, to compare with.

    Args:
        cfg: As in :func:`stabilized`; so are the arguments without a description.
        checkpoint: The weights to start from.
        updates: Length of the training.
        labels: Whether the pipelines keep the labels.
        people: COCO file of boxes.
        title: Stands before the progress bar.

    Raises:
        MethodError: As :func:`stabilized`.
    """
    check_model(cfg)
    changed = copy.deepcopy(cfg)
    _without_pretrained(changed.model)
    make_plain(changed.model)
    if people is not None:
        changed.train_dataloader = _loader_of(changed, people)
    elif not (changed.get('train_dataloader') and training_pipelines(changed)):
        raise MethodError(
            'the config has no `train_dataloader` whose pipeline ends with PackPoseInputs: give '
            'pictures with --images'
        )
    _train_by_updates(changed, checkpoint, updates, title)
    if not labels:
        for pipeline in training_pipelines(changed):
            pipeline[:] = [
                ConfigDict(type='ForgetLabels'),
                *(step for step in pipeline if _name(step) not in _OF_LABELS),
            ]
    import_package(changed)
    return changed


def make_plain(model: ConfigDict) -> None:
    """Take out of a model's config what only trains it, in place."""
    model.type = 'TopdownPoseEstimator'
    for key in _OTHER_METHODS:
        model.pop(key, None)


def check_model(cfg: Config) -> None:
    """Raise where a model cannot be stabilised, or its config does not say how to test it."""
    model = cfg.get('model') or {}
    kind = _name({'type': '', **model})
    if 'head' not in model or kind not in ('TopdownPoseEstimator', 'StabilityTrainedPoseEstimator'):
        raise MethodError(
            f'`model.type` is {kind!r}: stabilise takes 2D top-down models '
            f'(TopdownPoseEstimator) with {_KINDS}. One-stage and bottom-up models can train with '
            'RandomPerturbation in their pipeline'
        )
    if not cfg.get('test_dataloader'):
        raise MethodError(
            'the config has no `test_dataloader`, which feeds the model and names its keypoints'
        )


def _train_by_updates(cfg: Config, checkpoint: str | Path, updates: int, title: str) -> None:
    """Set loader, optimiser, schedule, hooks and loops, in place."""
    loader = cfg.train_dataloader
    loader.update(
        batch_size=min(loader.get('batch_size', BATCH_SIZE), BATCH_SIZE),
        # The conditions of KeyedRandomness.
        num_workers=max(1, min(loader.get('num_workers', 1), 2)),
        persistent_workers=False,
        sampler=ConfigDict(type='InfiniteSampler', shuffle=True),
    )
    loader.pop('batch_sampler', None)
    cfg.load_from, cfg.resume = _whole_path(checkpoint), False
    cfg.train_cfg = ConfigDict(
        type='IterBasedTrainLoop', max_iters=updates, val_interval=updates + 1
    )
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.optim_wrapper = ConfigDict(
        type='OptimWrapper', optimizer=dict(type='Adam', lr=LEARNING_RATE)
    )
    warm_up = max(1, updates // 20)
    cfg.param_scheduler = [
        ConfigDict(type='LinearLR', begin=0, end=warm_up, start_factor=0.01, by_epoch=False),
        ConfigDict(
            type='CosineAnnealingLR',
            begin=warm_up,
            end=max(updates, warm_up + 1),
            T_max=max(updates - warm_up, 1),
            eta_min_ratio=0.01,
            by_epoch=False,
        ),
    ]
    cfg.pop('auto_scale_lr', None)
    cfg.randomness = ConfigDict({'seed': 0, **(cfg.get('randomness') or {})})
    if cfg.randomness.seed is None:
        cfg.randomness.seed = 0
    cfg.custom_hooks = [
        *kept_hooks(cfg),
        ConfigDict(type='KeyedRandomness'),
        ConfigDict(type='ProgressHook', title=title),
    ]
    cfg.default_hooks = ConfigDict(
        {
            **(cfg.get('default_hooks') or {}),
            'logger': {
                'type': 'LoggerHook',
                'interval': max(1, updates // 20),
                'log_metric_by_epoch': False,
            },
            'checkpoint': {
                'type': 'CheckpointHook',
                'interval': max(1, updates // CHECKPOINTS),
                'by_epoch': False,
                'max_keep_ckpts': 2,
            },
        }
    )
    if cfg.get('visualizer'):
        # MMEngine keeps one a name in a process: the log would go on in that of an earlier run.
        cfg.visualizer.name = title
    cfg.log_processor = ConfigDict(
        type='LogProcessor', window_size=20, by_epoch=False, num_digits=6
    )


def kept_hooks(cfg: Config) -> list[ConfigDict]:
    """Return the custom hooks of a config that do not put other weights or data in."""
    return [h for h in cfg.get('custom_hooks') or [] if _name(h) not in _DROPPED_HOOKS]


def _loader_of(cfg: Config, people: str | Path) -> ConfigDict:
    """Return a loader of boxes without labels, with the training's own transforms."""
    given = cfg.get('train_dataloader') or {}
    pipelines = training_pipelines(cfg) if given else []
    steps = pipelines[0] if pipelines else cfg.test_dataloader.dataset.pipeline
    return ConfigDict(
        batch_size=given.get('batch_size', BATCH_SIZE),
        num_workers=given.get('num_workers', 1),
        dataset=unlabelled_dataset(cfg, people, steps),
    )


def unlabelled_dataset(cfg: Config, people: str | Path, pipeline: Sequence[Any]) -> ConfigDict:
    """Return the config of a data set of boxes for a model."""
    return ConfigDict(
        type='UnlabelledDataset',
        ann_file=str(Path(people).resolve()),
        metainfo=keypoint_metainfo(cfg),
        pipeline=copy.deepcopy(list(pipeline)),
    )


def keypoint_metainfo(cfg: Config) -> dict[str, Any]:
    """Return what the test data of a config says of its keypoints: its class, or its settings."""
    dataset = cfg.test_dataloader.dataset
    while dataset.get('datasets') and not dataset.get('metainfo'):
        dataset = dataset['datasets'][0]
    given = dataset.get('metainfo')
    return dict(given) if given else {'from_dataset': type_name(dataset)}


def _without_pretrained(value: Any) -> None:
    """Take out of a model's config what loads weights from elsewhere, in place."""
    for part in _configured(value):
        init = part.get('init_cfg')
        several = init if isinstance(init, list) else [init]
        kept = [one for one in several if one and _name(one) not in _PRETRAINED]
        if init and len(kept) < len(several):
            part.pop('init_cfg')
            if kept:
                part['init_cfg'] = kept
        if isinstance(part.get('pretrained'), str):
            part.pop('pretrained')


def _configured(value: Any) -> list[dict[str, Any]]:
    """Return every dictionary with a ``type`` in a config, from the outside to the inside."""
    found = [value] if isinstance(value, dict) and 'type' in value else []
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list, tuple)):
        for part in inner:
            found += _configured(part)
    return found


def _whole_path(checkpoint: str | Path) -> str:
    return str(checkpoint if '://' in str(checkpoint) else Path(checkpoint).resolve())


def _name(part: Mapping[str, Any]) -> str:
    """Return the name of a part's type without the scope of another package."""
    return type_name(part).rpartition('.')[2]
