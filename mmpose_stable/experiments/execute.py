"""Train and test one planned run, going on where it was interrupted."""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import mmengine
import mmpose
import torch
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint

from mmpose_stable.cli.configuration import load_config
from mmpose_stable.cli.test import main as test
from mmpose_stable.cli.train import main as train
from mmpose_stable.cli.train import parse_args
from mmpose_stable.complexity.measure import measure_cost
from mmpose_stable.complexity.models import build_from_config
from mmpose_stable.datasets.converters.files import write_json
from mmpose_stable.datasets.converters.lsp import convert_lsp, read_image_numbers
from mmpose_stable.engine.cpu_amp import fast_bfloat16
from mmpose_stable.experiments.plan import SCHEMA, Run
from mmpose_stable.files import whole_file


def execute(
    run: Run, trained: Run, repo: Path, data: Path, work: Path, results: Path
) -> dict[str, Any]:
    """Return the result of a run, trained from where its work folder stands.

    Training runs in mixed precision where the machine has it.

    Args:
        run: The row of the plan.
        trained: The row that trains its model, mostly itself.
        repo: Root of the checkout, to which the plan's configs are relative.
        data: The data folder.
        work: Folder of all work folders.
        results: Folder of the result files; the evaluator's cells are kept in ``robustness`` below.

    Raises:
        ValueError: The work folder is of a training by another config.
    """
    options = []
    if run.data:
        options += ['--data-root', str((data / run.data).resolve())]
    if run.data == 'lsp_extended_subset':
        options += ['--cfg-options', *lsp_annotations(data / run.data, work / 'lsp')]
    source, folder = work / trained.name, work / run.name
    arguments = [str(repo / trained.config), '--work-dir', str(source), *options]
    precision = 'bfloat16' if fast_bfloat16() else 'float32'
    amp = ['--amp'] if precision == 'bfloat16' else []
    cfg = load_config(parse_args(arguments))
    check_training(cfg, source)
    # To resume a finished training would read all of its batches again.
    last = f'iter_{cfg.train_cfg.max_iters}.pth'
    if Path(find_latest_checkpoint(str(source)) or '').name != last:
        train([*arguments, '--resume', '--seed', str(run.seed), *amp])
    tested = [str(repo / run.config), str(source / last), '--work-dir', str(folder), *options]
    metrics = test(tested)
    robustness = {}
    if run.perturbations:
        test([*tested, '--robustness', '--perturbations', run.perturbations, '--resume'])
        cells = folder / 'robustness' / 'robustness.json'
        robustness = robustness_summary(cells)
        with whole_file(results / 'robustness' / f'{run.name}.json') as temporary:
            shutil.copyfile(cells, temporary)
    return {
        'schema': SCHEMA,
        'name': run.name,
        'model': run.model,
        'config': run.config,
        'seed': run.seed,
        'metrics': {key: float(value) for key, value in metrics.items()},
        'robustness': robustness,
        # Validations while training are of the config that trains.
        'curve': validation_curve(source) if run == trained else [],
        'cost': measure_cost(build_from_config(repo / run.config)),
        'updates': cfg.train_cfg.max_iters,
        'precision': precision,
        'batch_size': cfg.train_dataloader.batch_size,
        'versions': {
            'python': platform.python_version(),
            'torch': torch.__version__,
            'mmengine': mmengine.__version__,
            'mmpose': mmpose.__version__,
        },
    }


def check_training(cfg: Config, folder: Path) -> None:
    """Refuse to go on with a training that was started by a config that says something else.

    A resumed run takes the schedule from its checkpoint, so the result would be of neither config.

    Raises:
        ValueError: As above; the message names what differs.
    """
    saved = folder / Path(cfg.filename).name  # MMEngine's copy
    if not saved.is_file():
        return
    before, now = training_of(Config.fromfile(saved)), training_of(cfg)
    changed = [key for key in now if before[key] != now[key]]
    if changed:
        raise ValueError(
            f'{folder} holds a training with another {", ".join(changed)} than {cfg.filename}; '
            'remove the folder to train anew'
        )


def training_of(cfg: Config) -> dict[str, Any]:
    """Return the parts of a config that decide what a training learns."""
    loader = cfg.train_dataloader
    return {
        'model': cfg.model.to_dict(),
        'train_cfg': cfg.train_cfg.to_dict(),
        'optimizer': cfg.optim_wrapper.optimizer.to_dict(),
        'param_scheduler': [each.to_dict() for each in cfg.param_scheduler],
        'train_dataloader.batch_size': loader.batch_size,
        'train_dataloader.dataset.pipeline': [each.to_dict() for each in loader.dataset.pipeline],
    }


def robustness_summary(path: Path) -> dict[str, Any]:
    """Return what tables need of a robustness file: the clean cell, and means of the others."""
    document = json.loads(path.read_text(encoding='utf-8'))
    return {'clean': document['clean'], **document['summary']}


def lsp_annotations(source: Path, target: Path) -> list[str]:
    """Convert the subset's labels once and return the config options that point to them."""
    target.mkdir(parents=True, exist_ok=True)
    options = []
    for split, loaders in (('train', ['train']), ('val', ['val', 'test'])):
        annotations = target.resolve() / f'{split}.json'
        if not annotations.is_file():
            numbers = read_image_numbers(source / f'{split}.txt')
            write_json(convert_lsp(source, numbers).document, annotations)
        options += [f'{loader}_dataloader.dataset.ann_file={annotations}' for loader in loaders]
    return options


def validation_curve(folder: Path) -> list[dict[str, float]]:
    """Return the metrics of every validation while training, over all interruptions, by step."""
    points: dict[int, dict[str, float]] = {}
    step = 0
    for log in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in log.read_text(encoding='utf-8').splitlines():
            entry = json.loads(line)
            if 'lr' in entry:
                step = entry['step']
                continue
            kept = {key: value for key, value in entry.items() if 'time' not in key}
            points[entry.get('step') or step] = kept | {'step': entry.get('step') or step}
    return [points[key] for key in sorted(points)]
