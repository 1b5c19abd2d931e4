"""Change a user's config into the one that makes its model stable."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from mmpose_stable.config_parts import type_name
from mmpose_stable.methods import (
    TRAINING_VIEWS,
    before_packing,
    import_package,
    stability_trained,
    training_pipelines,
)

# Chosen on dev data: docs/results_details.md, "How it was measured".
BATCH_SIZE = 16
LEARNING_RATE = 5e-4
UPDATES = 600
CHECKPOINTS = 4  # saved along the way
_STEPS_OF_LABELS = ('GenerateTarget', 'RandomHalfBody', 'KeypointConverter', 'SingleHandConverter')
# An average of weights starts anew here, and a second pipeline would bring the labels back.
_DROPPED_HOOKS = ('EMAHook', 'PipelineSwitchHook', 'YOLOXPoseModeSwitchHook', 'RTMOModeSwitchHook')
# What a training of this package puts into the estimator, and into its pipelines: a teacher is to
# see the clean picture.
_TRAINING_KEYS = ('consistency', 'adversary', 'weight_penalty', 'supervised', 'teacher')
_PERTURBING_STEPS = ('RandomPerturbation', 'PatchGaussian', 'PerturbedViews', 'AugMixViews')


def stabilized(
    cfg: Config,
    checkpoint: str | Path,
    *,
    updates: int = UPDATES,
    kinds: str | Sequence[str] = 'train',
    labels: bool = False,
    people: Path | None = None,
) -> Config:
    """Return the config of a training that makes a model's keypoints move less.

    A frozen copy of the model sees the clean picture. The model sees the clean picture and a
    perturbed view, and learns to give the copy's output on both. Batch normalisation is trained.

    Args:
        cfg: The config of a 2D top-down model of MMPose; it is not changed.
        checkpoint: File with its weights: those to start from, and those of the frozen copy.
        updates: Length of the training.
        kinds: Perturbations of the views, as ``PerturbedViews`` takes them.
        labels: Let the head's own loss see the labels of all views too.
        people: COCO file with the boxes to train on in place of the config's own training data, as
            :func:`~.people.write_people` writes it.

    Raises:
        ValueError: This kind of model cannot be stabilised, or there are no pictures to train
            on.
    """
    changed = plain(
        cfg, checkpoint, updates=updates, labels=labels, people=people, title='stabilise'
    )
    stability_trained(
        changed,
        supervised='all' if labels else 'none',
        teacher={'checkpoint': changed.load_from},
    )
    before_packing(changed, {**TRAINING_VIEWS, 'kinds': kinds}, pack='PackPoseViews')
    # The density of RLE's head is a part of its own loss alone.
    if not labels and type_name(changed.model.head) == 'RLEHead':
        changed.find_unused_parameters = True
    return changed


def plain(
    cfg: Config,
    checkpoint: str | Path,
    *,
    updates: int = UPDATES,
    labels: bool = True,
    people: Path | None = None,
    title: str = 'plain copy',
) -> Config:
    """Return the config of an equally long training without views and teacher, to compare with.

    Arguments and errors are those of :func:`stabilized`; ``labels`` says whether pipelines keep
    them, and ``title`` stands before the progress bar.
    """
    check_model(cfg)
    changed = copy.deepcopy(cfg)
    make_plain(changed)
    drop_initial_weights(changed.model)
    pipelines = training_pipelines(changed)
    if people is not None:
        steps = pipelines[0] if pipelines else changed.test_dataloader.dataset.pipeline
        dataset = unlabelled_dataset(changed, people, steps)
        changed.train_dataloader = ConfigDict(
            {**(changed.get('train_dataloader') or {}), 'dataset': dataset}
        )
    elif not pipelines:
        raise ValueError(
            'the config has no `train_dataloader` whose pipeline ends with PackPoseInputs: give '
            'pictures with --images'
        )
    _train_by_updates(changed, checkpoint, updates, title)
    if not labels:
        for pipeline in training_pipelines(changed):
            pipeline[:] = [
                ConfigDict(type='ForgetLabels'),
                *(step for step in pipeline if type_name(step) not in _STEPS_OF_LABELS),
            ]
    import_package(changed)
    return changed


def make_plain(cfg: Config) -> None:
    """Take out of a config what only trains its model, or puts other weights or data in."""
    cfg.model.type = 'TopdownPoseEstimator'
    for key in _TRAINING_KEYS:
        cfg.model.pop(key, None)
    hooks = cfg.get('custom_hooks') or []
    cfg.custom_hooks = [hook for hook in hooks if type_name(hook) not in _DROPPED_HOOKS]
    for pipeline in training_pipelines(cfg):
        pipeline[:] = [step for step in pipeline if type_name(step) not in _PERTURBING_STEPS]
        if type_name(pipeline[-1]) == 'PackPoseViews':
            pipeline[-1]['type'] = 'PackPoseInputs'


def check_model(cfg: Config) -> None:
    """Raise where a model cannot be stabilised, or its config does not say how to test it."""
    model = cfg.get('model') or {}
    kind = type_name(model)
    if 'head' not in model or kind not in ('TopdownPoseEstimator', 'StabilityTrainedPoseEstimator'):
        raise ValueError(
            f'`model.type` is {kind!r}: stabilise takes 2D top-down models (TopdownPoseEstimator) '
            'with heatmap, SimCC, RTMPose, regression, integral regression, composite and RCC '
            'heads. One-stage and bottom-up models can train with RandomPerturbation in their '
            'pipeline'
        )
    if not cfg.get('test_dataloader'):
        raise ValueError(
            'the config has no `test_dataloader`, which feeds the model and names its keypoints'
        )


def drop_initial_weights(part: Any) -> None:
    """Take out of a model's config what loads or draws weights; the checkpoint has all of them."""
    if isinstance(part, dict):
        part.pop('init_cfg', None)
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, (dict, list)):
            drop_initial_weights(value)


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
    path = str(checkpoint)
    cfg.load_from, cfg.resume = path if '://' in path else str(Path(path).resolve()), False
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
    randomness = cfg.get('randomness') or {}
    cfg.randomness = ConfigDict({**randomness, 'seed': randomness.get('seed') or 0})
    cfg.custom_hooks += [
        ConfigDict(type='KeyedRandomness'),
        ConfigDict(type='ProgressHook', title=title),
    ]
    cfg.default_hooks = ConfigDict(cfg.get('default_hooks') or {})
    cfg.default_hooks.update(
        logger=dict(type='LoggerHook', interval=max(1, updates // 20)),
        checkpoint=dict(
            type='CheckpointHook',
            interval=max(1, updates // CHECKPOINTS),
            by_epoch=False,
            max_keep_ckpts=2,
        ),
    )
    if cfg.get('visualizer'):
        # MMEngine keeps one a name in a process: the log would go on in that of an earlier run.
        cfg.visualizer.name = title
    cfg.log_processor = ConfigDict(type='LogProcessor', by_epoch=False)


def unlabelled_dataset(cfg: Config, people: Path, pipeline: Sequence[Any]) -> ConfigDict:
    """Return the config of a data set of boxes, with the keypoints of the config's test data."""
    named = cfg.test_dataloader.dataset
    while named.get('datasets') and not named.get('metainfo'):
        named = named['datasets'][0]
    return ConfigDict(
        type='UnlabelledDataset',
        ann_file=str(people.resolve()),
        metainfo=named.get('metainfo') or {'from_dataset': type_name(named)},
        pipeline=copy.deepcopy(list(pipeline)),
    )
