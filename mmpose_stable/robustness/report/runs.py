"""Results to report on: loaded, named, and checked to be comparable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness import examples, intervals, results
from mmpose_stable.robustness.files import ResultFileError, read_columns
from mmpose_stable.robustness.measures import LOST, NEW, Measure, R, mean_of
from mmpose_stable.robustness.selection import Cell

# Without these, the same name would stand for different numbers.
_DEFINING = (
    ('settings', 'max_distance'),
    ('settings', 'max_box_distance'),
    ('settings', 'spread_count'),
    ('settings', 'count_unlabelled'),
    ('dataset', 'name'),
    ('dataset', 'samples'),
    ('hashes', 'annotations'),
)
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
    def finds_persons(self) -> bool:
        """Whether the model finds the persons itself, and so can lose them."""
        cells = self.content['cells']
        return any(m.read(cell) is not None for m in (LOST, NEW) for cell in cells)

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


def kinds_worst_first(runs: Sequence[Run], measure: Measure = R) -> list[str]:
    """Return the kinds, those that are worst in all runs together first."""
    total = {
        kind: sum(mean_of(measure, run.cells_of(kind)) or 0.0 for run in runs)
        for kind in runs[0].kinds
    }
    return sorted(total, key=total.get, reverse=measure.better == 'lower')


def load_run(path: Path, name: str | None = None) -> Run:
    """Read a ``robustness.json`` and the pictures beside it."""
    path = Path(path)
    path = path / results.FILE_NAME if path.is_dir() else path
    content = results.load_results(path)

    def beside(file_name: str, read: Callable[[Path], tuple[str, Any]]) -> Any:
        other = path.with_name(file_name)
        if not other.is_file():
            return None
        fingerprint, found = read(other)
        if fingerprint != content['fingerprint']:
            raise ResultFileError(f'{other} belongs to another run than the result beside it')
        return found

    def pictures(path: Path) -> tuple[str, Any]:
        header, columns = read_columns(path, examples.SCHEMA)
        return header.get('fingerprint'), columns

    return Run(
        name or content['model']['name'],
        content,
        beside(examples.EXAMPLES_FILE, pictures),
        beside(intervals.PERSONS_FILE, intervals.load_person_sums),
    )


def load_runs(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[Run]:
    """Read several results; equal names are told apart by a number."""
    if names is not None and len(names) != len(paths):
        raise ValueError(f'--names: expected {len(paths)} names, one a file, got {len(names)}')
    if names is not None and len({*names, ''}) != len(names) + 1:
        raise ValueError(f'--names: expected different names, none empty, got {",".join(names)}')
    runs = [
        load_run(path, name) for path, name in zip(paths, names or [None] * len(paths), strict=True)
    ]
    called = [run.name for run in runs]
    return [
        replace(run, name=f'{run.name} #{called[: at + 1].count(run.name)}')
        if called.count(run.name) > 1
        else run
        for at, run in enumerate(runs)
    ]


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
        if first.finds_persons != other.finds_persons:
            finder, given = (first, other) if first.finds_persons else (other, first)
            raise NotComparableError(
                f'{finder.name} finds the persons itself and {given.name} gets their boxes, so '
                'their numbers are of different persons: compare runs of one of the two sorts'
            )
        differing = _differing(first.content, other.content)
        if differing:
            raise NotComparableError(
                f'{first.name} and {other.name} cannot be compared: {"; ".join(differing)}'
            )
    common = [cell for cell in first.cells if all(cell in run.cells for run in runs)]
    if not common:
        listed = '; '.join(f'{run.name}: {_listed(run.cells)}' for run in runs)
        raise NotComparableError(f'the runs share no kind at the same severity ({listed})')
    notes = []
    for run in runs:
        left_out = [cell for cell in run.cells if cell not in common]
        if left_out:
            notes.append(f'Left out of {run.name}, as not all runs have it: {_listed(left_out)}.')
    for part, key, words in _TOLD:
        told = {run.name: run.content[part].get(key, 'default') for run in runs}
        if any(value != told[first.name] for value in told.values()):
            notes.append(f'The runs differ in {words} ({_each(told)}).')
    if not maps_compare(runs):
        sizes = {run.name: run.content['model']['heatmap_size'] for run in runs}
        told = {name: '×'.join(map(str, size)) for name, size in sizes.items() if size}
        notes.append(
            'Heatmaps of different sizes do not compare, so none is marked best in what is '
            f'measured on them ({_each(told)}).'
        )
    metrics = [set(run.content['clean']['metrics']) for run in runs]
    partial = sorted(set.union(*metrics) - set.intersection(*metrics))
    if partial:
        notes.append(f'Not shown, as not all runs have it: {", ".join(partial)}.')
    return [_restrict(run, common) for run in runs], notes


def _each(told: Mapping[str, Any]) -> str:
    return ', '.join(f'{name}: {value}' for name, value in told.items())


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
        (f'{part}.{key}', mine[part].get(key), other[part].get(key)) for part, key in _DEFINING
    ]
    return [f'{name} is {one!r} and {two!r}' for name, one, two in pairs if one != two]


def maps_compare(runs: Sequence[Run]) -> bool:
    """Whether the heatmaps of all runs that have any are of one size."""
    sizes = [run.content['model']['heatmap_size'] for run in runs]
    return len({tuple(size) for size in sizes if size}) < 2


def _listed(cells: Iterable[Cell]) -> str:
    severities: dict[str, list[str]] = {}
    for kind, severity in cells:
        severities.setdefault(kind, []).append(str(severity))
    return ', '.join(f'{kind} {"/".join(found)}' for kind, found in severities.items())
