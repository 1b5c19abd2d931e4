"""Results to report on: loaded, named, and checked to be comparable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness import examples, intervals, results
from mmpose_stable.robustness.files import ResultFileError, read_columns
from mmpose_stable.robustness.measures import LOST, NEW, Measure, R, mean_of
from mmpose_stable.robustness.selection import Cell

# Without these, the same name would stand for different numbers.
_DEFINING = {
    'settings': ('max_distance', 'max_box_distance', 'spread_count', 'count_unlabelled'),
    'dataset': ('name', 'samples'),
    'hashes': ('annotations',),
}
# What may differ but has to be said: part of the result, key, words for it.
_TOLD = (
    ('settings', 'perturb_at', 'perturbed at'),
    ('settings', 'seed', 'seed of the perturbations'),
    ('settings', 'frost', 'pictures of frost'),
    ('settings', 'bfloat16', 'bfloat16 (--fast)'),
    ('settings', 'person_score', 'least score of a person'),
    ('settings', 'match_oks', 'least similarity of matched persons'),
    ('model', 'input_size', 'network input size, so compare R box rather than R'),
    ('model', 'decoder', 'decoder'),
    ('model', 'flip_test', 'flip test'),
    ('model', 'heatmaps', 'heatmaps'),
)


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

    def mean(self, measure: Measure, clean: bool = False, **where: Any) -> float | None:
        """Return a measure of the clean pictures, or its mean over the cells of a kind or severity.

        Args:
            where: ``kind`` or ``severity``; all cells without.
        """
        cells = [self.content['clean']] if clean else self.content['cells']
        chosen = [c for c in cells if all(c[key] == value for key, value in where.items())]
        return mean_of(measure, chosen)

    def interval(self, *keys: str) -> Any:
        """Return an entry of ``intervals`` by its keys, as ``'overall', 'r'``; None without."""
        found = self.content.get('intervals')
        for key in keys:
            found = (found or {}).get(key)
        return found


def kinds_worst_first(runs: Sequence[Run], measure: Measure = R) -> list[str]:
    """Return the kinds, those that are worst in all runs together first."""
    total = {
        kind: sum(run.mean(measure, kind=kind) or 0.0 for run in runs) for kind in runs[0].kinds
    }
    return sorted(total, key=total.get, reverse=measure.better == 'lower')


def load_run(path: Path, name: str | None = None) -> Run:
    """Read a ``robustness.json`` and the files beside it."""
    path = Path(path)
    path = path / results.FILE_NAME if path.is_dir() else path
    content = results.load_results(path)
    found = {}
    for file_name, schema in (
        (examples.EXAMPLES_FILE, examples.SCHEMA),
        (intervals.PERSONS_FILE, intervals.SCHEMA),
    ):
        other = path.with_name(file_name)
        if other.is_file():
            header, found[file_name] = read_columns(other, schema)
            if header.get('fingerprint') != content['fingerprint']:
                raise ResultFileError(f'{other} belongs to another run than the result beside it')
    sums = found.get(intervals.PERSONS_FILE)
    return Run(
        name or content['model']['name'],
        content,
        found.get(examples.EXAMPLES_FILE),
        sums and intervals.PersonSums.of_columns(sums),
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
        ValueError: Different data, units or definitions, or no common cell.
    """
    first = runs[0]
    for other in runs[1:]:
        if first.finds_persons != other.finds_persons:
            finder, given = (first, other) if first.finds_persons else (other, first)
            raise ValueError(
                f'{finder.name} finds the persons itself and {given.name} gets their boxes, so '
                'their numbers are of different persons: compare runs of one of the two sorts'
            )
        differing = [
            f'{part}.{key} is {first.content[part].get(key)!r} and {other.content[part].get(key)!r}'
            for part, keys in _DEFINING.items()
            for key in keys
            if first.content[part].get(key) != other.content[part].get(key)
        ]
        if differing:
            raise ValueError(
                f'{first.name} and {other.name} cannot be compared: {"; ".join(differing)}'
            )
    common = [cell for cell in first.cells if all(cell in run.cells for run in runs)]
    if not common:
        listed = '; '.join(f'{run.name}: {_listed(run.cells)}' for run in runs)
        raise ValueError(f'the runs share no kind at the same severity ({listed})')
    notes, aligned = [], []
    for run in runs:
        kept = [run.cells[cell] for cell in common]
        changed = {'cells': kept, 'summary': results.summarise(run.content['clean'], kept)}
        if left_out := [cell for cell in run.cells if cell not in common]:
            notes.append(f'Left out of {run.name}, as not all runs have it: {_listed(left_out)}.')
            changed['intervals'] = run.sums and intervals.describe_intervals(run.sums, common)
        aligned.append(replace(run, content={**run.content, **changed}))
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
    return aligned, notes


def maps_compare(runs: Sequence[Run]) -> bool:
    """Whether the heatmaps of all runs that have any are of one size."""
    sizes = [run.content['model']['heatmap_size'] for run in runs]
    return len({tuple(size) for size in sizes if size}) < 2


def _each(told: Mapping[str, Any]) -> str:
    return ', '.join(f'{name}: {value}' for name, value in told.items())


def _listed(cells: Iterable[Cell]) -> str:
    severities: dict[str, list[str]] = {}
    for kind, severity in cells:
        severities.setdefault(kind, []).append(str(severity))
    return ', '.join(f'{kind} {"/".join(found)}' for kind, found in severities.items())
