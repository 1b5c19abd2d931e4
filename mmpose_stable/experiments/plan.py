"""The plan of runs and the files of their results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mmpose_stable.files import write_text
from mmpose_stable.perturbations import resolve_kinds

SCHEMA = 1
STATUSES = ('now', 'later')


@dataclass(frozen=True)
class Run:
    """One row of the plan.

    Args:
        name: Name of the result file and the work folder.
        groups: Tables it stands in.
        model: What the table calls the model.
        config: Config file.
        data: Folder of the data below the data folder; empty where the config needs none.
        seed: Seed of weights, data order and augmentation.
        perturbations: Kinds of perturbations to evaluate the trained model under, as
            `tools/test.py --perturbations` takes them; empty for none.
        trained_by: Name of the row whose trained model this row tests under a config of its own,
            such as another decoder or the first stacks of an hourglass; empty to train one.
        status: ``now``, or ``later`` for what is planned but runs only when it is named.
    """

    name: str
    groups: list[str]
    model: str
    config: str
    data: str
    seed: int = 0
    perturbations: str = ''
    trained_by: str = ''
    status: str = 'now'


def read_plan(path: Path) -> list[Run]:
    """Return the rows of a plan file.

    Raises:
        ValueError: A row has unknown or missing keys or an unknown status, two rows share a name,
            or a row is trained by one that does not train, or on other data or another seed.
    """
    runs = []
    for number, row in enumerate(yaml.safe_load(path.read_text(encoding='utf-8')), start=1):
        try:
            runs.append(Run(**row))
        except TypeError as error:
            raise ValueError(f'row {number} of {path.name}: {error}') from None
        if runs[-1].status not in STATUSES:
            raise ValueError(
                f'row {number} of {path.name}: status is one of {STATUSES}, not {row["status"]!r}'
            )
    names = [run.name for run in runs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f'{path.name}: each run needs a name of its own, repeated: {repeated}')
    training = {run.name: run for run in runs if not run.trained_by}
    for run in runs:
        trained = training.get(run.trained_by or run.name)
        if trained is None:
            raise ValueError(
                f'{path.name}: {run.name} is trained by {run.trained_by!r}, which is no row that '
                'trains; change `trained_by`'
            )
        if (run.data, run.seed) != (trained.data, trained.seed):
            raise ValueError(
                f'{path.name}: `data` and `seed` of {run.name} are {run.data!r} and {run.seed}, '
                f'those of {trained.name}, which trains it, {trained.data!r} and {trained.seed}'
            )
    return runs


def read_result(folder: Path, run: Run) -> dict[str, Any] | None:
    """Return the saved result of a run, or None where it has not been run.

    Raises:
        ValueError: The file is not a result of this run.
    """
    path = folder / f'{run.name}.json'
    if not path.is_file():
        return None
    result = json.loads(path.read_text(encoding='utf-8'))
    expected = {'schema': SCHEMA, 'name': run.name, 'config': run.config, 'seed': run.seed}
    found = {key: result.get(key) for key in expected}
    if found != expected:
        raise ValueError(f'{path} is of {found}, the plan has {expected}; move it away')
    return result


def is_finished(folder: Path, run: Run) -> bool:
    """Whether a run has a result with everything that the plan asks of it.

    A row that tests another row's model is asked again once that has been trained anew, and one
    whose evaluation is gone is evaluated again.
    """
    result = read_result(folder, run)
    if result is None:
        return False
    trained = folder / f'{run.trained_by}.json'
    if run.trained_by and trained.is_file():
        latest = json.loads(trained.read_text(encoding='utf-8')).get('checkpoint_sha256')
        if latest not in (None, result.get('checkpoint_sha256')):
            return False
    if run.perturbations and not (folder / 'robustness' / f'{run.name}.json').is_file():
        return False
    wanted = resolve_kinds(run.perturbations) if run.perturbations else ()
    return set(wanted) <= set(result.get('robustness', {}).get('kinds', {}))


def write_result(folder: Path, result: dict[str, Any]) -> Path:
    """Write a result file, whole or not at all, and return its path."""
    path = folder / f'{result["name"]}.json'
    write_text(path, json.dumps(result, indent=1) + '\n')
    return path
