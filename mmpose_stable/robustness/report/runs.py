"""Results to report on: loaded, named, and checked to be comparable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.perturbations import ALL_KINDS
from mmpose_stable.robustness import examples, intervals, results
from mmpose_stable.robustness.files import ResultFileError, read_columns
from mmpose_stable.robustness.selection import Cell

# Settings without which the same name would stand for different numbers.
_DEFINING = ('max_distance', 'max_box_distance', 'spread_count', 'count_unlabelled')
# What may differ but has to be said: part of the result, key, words for it.
_TOLD = (
    ('settings', 'perturb_at', 'perturbed at'),
    ('settings', 'seed', 'seed of the perturbations'),
    ('settings', 'frost', 'pictures of frost'),
    ('settings', 'fp16', 'half precision'),
    ('settings', 'bfloat16', 'bfloat16 (--fast)'),
    ('settings', 'person_score', 'least score of a person'),
    ('settings', 'match_oks', 'least similarity of matched persons'),
    ('model', 'input_size', 'network input size, so compare R box rather than R'),
    ('model', 'decoder', 'decoder'),
    ('model', 'flip_test', 'flip test'),
    ('model', 'heatmaps', 'heatmaps'),
)


class NotComparableError(ValueError):
    """Results that cannot stand in one table; the message says what differs."""


@dataclass(frozen=True)
class Run:
    """One result with its name.

    Attributes:
        name: How tables and figures call it.
        content: What :func:`.results.load_results` returns.
        examples: What :func:`.examples.load_examples` returns; None without such a file.
        sums: By person, what intervals are made of; None without such a file.
    """

    name: str
    content: Mapping[str, Any]
    examples: Mapping[str, np.ndarray] | None = None
    sums: intervals.PersonSums | None = None

    @property
    def cells(self) -> dict[Cell, Mapping[str, Any]]:
        """The numbers by (kind, severity)."""
        return {Cell(cell['kind'], cell['severity']): cell for cell in self.content['cells']}

    @property
    def kinds(self) -> list[str]:
        """Kinds in the result's order."""
        return list(dict.fromkeys(cell.kind for cell in self.cells))

    @property
    def severities(self) -> list[int]:
        """Severities, ascending."""
        return sorted({cell.severity for cell in self.cells})

    @property
    def skeleton(self) -> list[tuple[int, int]]:
        """Pairs of keypoints to join."""
        return [tuple(link) for link in self.content['dataset']['skeleton']]

    def interval(self, *keys: str) -> intervals.Interval | None:
        """Return an entry of ``intervals`` by its keys, as ``'overall', 'r'``; None without."""
        found = self.content.get('intervals')
        for key in keys:
            found = (found or {}).get(key)
        return found

    def cells_of(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the numbers of one kind."""
        return [cell for key, cell in self.cells.items() if key.kind == kind]


def load_run(path: Path, name: str | None = None) -> Run:
    """Read a ``robustness.json`` and the pictures beside it."""
    path = Path(path)
    path = path / results.FILE_NAME if path.is_dir() else path
    content = results.load_results(path)
    of_pictures = path.with_name(examples.EXAMPLES_FILE)
    of_persons = path.with_name(intervals.PERSONS_FILE)
    pictures = sums = None
    if of_pictures.is_file():
        header, pictures = read_columns(of_pictures, examples.SCHEMA)
        _check_same_run(of_pictures, header.get('fingerprint'), content)
    if of_persons.is_file():
        fingerprint, sums = intervals.load_person_sums(of_persons)
        _check_same_run(of_persons, fingerprint, content)
    return Run(name or content['model']['name'], content, pictures, sums)


def _check_same_run(path: Path, fingerprint: str | None, content: Mapping[str, Any]) -> None:
    if fingerprint != content['fingerprint']:
        raise ResultFileError(f'{path} belongs to another run than the result beside it')


def load_runs(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[Run]:
    """Read several results; equal names are told apart by a number."""
    if names is not None and len(names) != len(paths):
        raise ValueError(f'--names: expected {len(paths)} names, one a file, got {len(names)}')
    if names is not None and len({*names, ''}) != len(names) + 1:
        raise ValueError(f'--names: expected different names, none empty, got {",".join(names)}')
    runs = [
        load_run(path, name) for path, name in zip(paths, names or [None] * len(paths), strict=True)
    ]
    total, seen = Counter(run.name for run in runs), Counter()
    for at, run in enumerate(runs):
        if total[run.name] > 1:
            seen[run.name] += 1
            runs[at] = replace(run, name=f'{run.name} #{seen[run.name]}')
    return runs


def align(runs: Sequence[Run]) -> tuple[list[Run], list[str]]:
    """Cut several runs down to what all of them have.

    Returns:
        The runs with their common cells, summaries computed anew from these, and notes: what was
        left out and which settings differ.

    Raises:
        NotComparableError: Different data, units or definitions, or no common cell.
    """
    first = runs[0]
    for other in runs[1:]:
        differing = _differing(first.content, other.content)
        if differing:
            raise NotComparableError(
                f'{first.name} and {other.name} cannot be compared: {"; ".join(differing)}'
            )
    common = [cell for cell in first.cells if all(cell in run.cells for run in runs)]
    if not common:
        listed = '; '.join(f'{run.name}: {_listed(list(run.cells))}' for run in runs)
        raise NotComparableError(f'the runs share no kind at the same severity ({listed})')
    common.sort(key=lambda cell: (_rank(cell.kind), cell.kind, cell.severity))
    notes = []
    for run in runs:
        left_out = [cell for cell in run.cells if cell not in common]
        if left_out:
            notes.append(f'Left out of {run.name}, as not all runs have it: {_listed(left_out)}.')
    notes += _told(runs)
    metrics = [set(run.content['clean']['metrics']) for run in runs]
    partial = sorted(set.union(*metrics) - set.intersection(*metrics))
    if partial:
        notes.append(f'Not shown, as not all runs have it: {", ".join(partial)}.')
    return [_restrict(run, common) for run in runs], notes


def _restrict(run: Run, cells: Sequence[Cell]) -> Run:
    kept = [run.cells[cell] for cell in cells]
    found = run.content.get('intervals')
    if len(kept) < len(run.cells):
        found = run.sums and intervals.describe_intervals(run.sums, cells)
    summary = results.summarise(run.content['clean'], kept)
    content = {**run.content, 'cells': kept, 'summary': summary, 'intervals': found}
    return replace(run, content=content)


def _differing(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    pairs = [
        *((f'settings.{key}', mine['settings'], other['settings'], key) for key in _DEFINING),
        ('dataset.name', mine['dataset'], other['dataset'], 'name'),
        ('dataset.samples', mine['dataset'], other['dataset'], 'samples'),
        ('hashes.annotations', mine['hashes'], other['hashes'], 'annotations'),
        *((f'units.{key}', mine['units'], other['units'], key) for key in mine['units']),
    ]
    return [
        f'{name} is {a.get(key)!r} and {b.get(key)!r}'
        for name, a, b, key in pairs
        if a.get(key) != b.get(key)
    ]


def _told(runs: Sequence[Run]) -> list[str]:
    notes = []
    for part, key, words in _TOLD:
        values = [run.content[part].get(key, 'default') for run in runs]
        if any(value != values[0] for value in values):
            each = ', '.join(
                f'{run.name}: {value}' for run, value in zip(runs, values, strict=True)
            )
            notes.append(f'The runs differ in {words} ({each}).')
    if not maps_compare(runs):
        each = ', '.join(
            f'{run.name}: {"×".join(map(str, run.content["model"]["heatmap_size"]))}'
            for run in runs
            if run.content['model']['heatmaps']
        )
        notes.append(
            'Heatmaps of different sizes do not compare, so none is marked best in what is '
            f'measured on them ({each}).'
        )
    return notes


def maps_compare(runs: Sequence[Run]) -> bool:
    """Whether the heatmaps of all runs that have any are of one size."""
    models = [run.content['model'] for run in runs]
    return len({str(model['heatmap_size']) for model in models if model['heatmaps']}) < 2


def _rank(kind: str) -> int:
    return ALL_KINDS.index(kind) if kind in ALL_KINDS else len(ALL_KINDS)


def _listed(cells: Sequence[Cell]) -> str:
    kinds = dict.fromkeys(cell.kind for cell in cells)
    return ', '.join(
        f'{kind} {"/".join(str(cell.severity) for cell in cells if cell.kind == kind)}'
        for kind in kinds
    )
