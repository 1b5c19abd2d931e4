"""Train and test one planned run, going on where it was interrupted."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import mmengine
import mmpose
import torch
from mmengine.runner import find_latest_checkpoint

from mmpose_stable.cli.configuration import load_config
from mmpose_stable.cli.test import main as test
from mmpose_stable.cli.train import main as train
from mmpose_stable.cli.train import parse_args
from mmpose_stable.complexity.measure import measure_cost
from mmpose_stable.complexity.models import build_from_config
from mmpose_stable.datasets.converters.files import write_annotations
from mmpose_stable.datasets.converters.lsp import convert_lsp, read_image_numbers
from mmpose_stable.experiments.plan import SCHEMA, Run
from mmpose_stable.experiments.training import (
    describe_training,
    hash_training,
    start_training,
)
from mmpose_stable.locked_folder import alone
from mmpose_stable.robustness.files import ResultFileError, write_json
from mmpose_stable.robustness.provenance import hash_file


def execute(
    run: Run, trained: Run, repo: Path, data: Path, work: Path, results: Path
) -> dict[str, Any]:
    """Return the result of a run, trained from where its work folder stands.

    Training runs in mixed precision where the machine has it.

    Args:
        run: The row of the plan.
        trained: The row that trains its model, mostly itself; of the same data and seed.
        repo: Root of the checkout, to which the plan's configs are relative.
        data: The data folder.
        work: Folder of all work folders.
        results: Folder of the result files; the evaluator's cells are kept in ``robustness`` below.

    Raises:
        BusyError: Another process trains this model.
        ValueError: The work folder is of another training.
    """
    options = data_options(run.data, data, work)
    source, folder = work / trained.name, work / run.name
    with alone(source):
        checkpoint, described = trained_model(trained, repo, source, options)
        tested = [str(repo / run.config), str(checkpoint), '--work-dir', str(folder), *options]
        metrics = test(tested)
        robustness = {}
        if run.perturbations:
            robustness = evaluate(tested, run, folder, results)
    updates = described['train_cfg']['max_iters']
    metrics = {key: float(value) for key, value in metrics.items()}
    return {
        'schema': SCHEMA,
        'name': run.name,
        'model': run.model,
        'config': run.config,
        'seed': run.seed,
        'training_sha256': hash_training(described),
        'checkpoint_sha256': hash_file(checkpoint),
        'metrics': metrics,
        'robustness': robustness,
        # Validations while training are of the config that trains.
        'curve': with_last(validation_curve(source), metrics, updates) if run == trained else [],
        'cost': measure_cost(build_from_config(repo / run.config)),
        'updates': updates,
        'precision': described['precision'],
        'batch_size': described['train_dataloader.batch_size'],
        'versions': {
            'python': platform.python_version(),
            'torch': torch.__version__,
            'mmengine': mmengine.__version__,
            'mmpose': mmpose.__version__,
        },
    }


def data_options(name: str, data: Path, work: Path) -> list[str]:
    """Return the options of the commands that say where the data are."""
    options = []
    if name:
        options += ['--data-root', str((data / name).resolve())]
    if name == 'lsp_extended_subset':
        options += ['--cfg-options', *lsp_annotations(data / name, work / 'lsp')]
    return options


def trained_model(
    run: Run, repo: Path, folder: Path, options: list[str]
) -> tuple[Path, dict[str, Any]]:
    """Train a run from where its work folder stands.

    Returns:
        The last checkpoint, and what :func:`describe_training` says.
    """
    arguments = [str(repo / run.config), '--work-dir', str(folder), *options]
    cfg = load_config(parse_args(arguments))
    described = describe_training(cfg, run.seed)
    start_training(described, folder)
    checkpoint = folder / f'iter_{cfg.train_cfg.max_iters}.pth'
    # To resume a finished training would read all of its batches again.
    if Path(find_latest_checkpoint(str(folder)) or '').name != checkpoint.name:
        amp = ['--amp'] if described['precision'] != 'float32' else []
        train([*arguments, '--resume', '--seed', str(run.seed), *amp])
    return checkpoint, described


def evaluate(tested: list[str], run: Run, folder: Path, results: Path) -> dict[str, Any]:
    """Evaluate a trained model under the perturbations of its row; keep the cells.

    Args:
        tested: Config, checkpoint and options of the test command.
        run: The row.
        folder: Its work folder.
        results: Folder of the result files.

    Returns:
        What tables need of them.
    """
    command = [*tested, '--robustness', '--perturbations', run.perturbations, '--resume']
    try:
        test(command)
    except ResultFileError as error:  # of the weights before, or of other perturbations
        kept = set_aside(folder / 'robustness')
        print(f'{run.name}: evaluated anew, what was there is in {kept} now ({error})')
        test(command)
    document = json.loads((folder / 'robustness' / 'robustness.json').read_text(encoding='utf-8'))
    document['model']['name'] = run.name  # rows of several names may share a config
    write_json(results / 'robustness' / f'{run.name}.json', document)
    return robustness_summary(document)


def set_aside(folder: Path) -> Path:
    """Rename a folder so that its name is free, and return where it is now."""
    number = 1
    while (kept := folder.with_name(f'{folder.name}.before{number}')).exists():
        number += 1
    return folder.rename(kept)


def robustness_summary(document: dict[str, Any]) -> dict[str, Any]:
    """Return what tables need of a robustness file: the clean cell, and means of the others."""
    return {'clean': document['clean'], **document['summary']}


def lsp_annotations(source: Path, target: Path) -> list[str]:
    """Convert the subset's labels and return the config options that point to them."""
    target.mkdir(parents=True, exist_ok=True)
    options = []
    for split, loaders in (('train', ['train']), ('val', ['val', 'test'])):
        annotations = target.resolve() / f'{split}.json'
        numbers = read_image_numbers(source / f'{split}.txt')
        write_annotations(convert_lsp(source, numbers).document, annotations)
        options += [f'{loader}_dataloader.dataset.ann_file={annotations}' for loader in loaders]
    return options


def validation_curve(folder: Path) -> list[dict[str, float]]:
    """Return the metrics of every validation while training, over all interruptions, by step."""
    points: dict[int, dict[str, float]] = {}
    step = 0
    for log in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in log.read_text(encoding='utf-8').splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:  # cut off where the training was killed
                continue
            if 'lr' in entry:
                step = entry['step']
                continue
            kept = {key: value for key, value in entry.items() if 'time' not in key}
            points[entry.get('step') or step] = kept | {'step': entry.get('step') or step}
    return [points[key] for key in sorted(points)]


def with_last(
    curve: list[dict[str, float]], metrics: dict[str, float], updates: int
) -> list[dict[str, float]]:
    """Return a curve that ends with the last update.

    A training that is killed between its last checkpoint and the validation after it does not
    validate that one any more.
    """
    if curve and curve[-1]['step'] == updates:
        return curve
    return [*curve, metrics | {'step': updates}]
