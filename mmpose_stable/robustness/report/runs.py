"""Results to report on: loaded, named, and checked to be comparable."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness import examples, intervals, results
from mmpose_stable.robustness.files import ResultFileError, read_columns
from mmpose_stable.robustness.measures import LOST, NEW, Measure, R, mean_of
from mmpose_stable.robustness.selection import Cell

# Where these differ, the same name stands for different numbers.
_DEFINING = (
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
    ('settings', 'bfloat16', 'bfloat16 (--fast)'),
    ('settings', 'int8', '8-bit numbers (--int8)'),
    ('settings', 'person_score', 'least score of a person'),
    ('settings', 'match_oks', 'least similarity of matched persons'),
    ('model', 'input_size', 'network input size, so compare R box rather than R'),
    ('model', 'decoder', 'decoder'),
    ('model', 'flip_test', 'flip test'),
    ('model', 'heatmap_size', 'size of heatmaps, so do not compare what is measured on them'),
)


@dataclass(frozen=True)
class Run:
    """One result with its name.

    Attributes:
        name: How tables and figures call it.
        content: What :func:`.results.load_results` returns.
        examples: What :func:`.examples.load_examples` returns; None without such a file.
        sums: Columns of ``persons.npz``, what intervals are made of; None without such a file.
    """

    name: str
    content: Mapping[str, Any]
    examples: Mapping[str, np.ndarray] | None = None
    sums: Mapping[str, np.ndarray] | None = None

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
    """Return the kinds, those that are worst in all runs together first.

    A kind is the worst where a run has no mean: no person was found, or a keypoint was no number.
    """

    def harm(kind: str) -> float:
        means = [run.mean(measure, kind=kind) for run in runs]
        if None in means:
            return math.inf
        return sum(means) if measure.better == 'lower' else -sum(means)

    return sorted(runs[0].kinds, key=harm, reverse=True)


def load_run(path: Path, name: str | None = None) -> Run:
    """Read a ``robustness.json``, or the one in a folder, and the files beside it.

    Args:
        name: By default the model's.

    Raises:
        ResultFileError: A file is missing, damaged, or of another run; the message names it.
    """
    content, path = results.load_results(path), Path(path)
    folder = path if path.is_dir() else path.parent

    def beside(file_name: str, schema: str) -> dict[str, np.ndarray] | None:
        other = folder / file_name
        if not other.is_file():
            return None
        header, columns = read_columns(other, schema)
        if header.get('fingerprint') != content['fingerprint']:
            raise ResultFileError(f'{other} belongs to another run than the result beside it')
        return columns

    pictures = beside(examples.EXAMPLES_FILE, examples.SCHEMA)
    sums = beside(intervals.PERSONS_FILE, intervals.SCHEMA)
    return Run(name or content['model']['name'], content, pictures, sums)


def load_runs(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[Run]:
    """Read several results; equal names of models are told apart by a number."""
    if names and (len(names) != len(paths) or len({*names, ''}) != len(names) + 1):
        raise ValueError(
            f'--names: expected {len(paths)} different names, none empty, got {",".join(names)!r}'
        )
    runs = [load_run(*each) for each in zip(paths, names or [None] * len(paths), strict=True)]
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
        refused = f'{first.name} and {other.name} cannot be compared:'
        if first.finds_persons != other.finds_persons:
            raise ValueError(f'{refused} one finds the persons itself, the other gets their boxes')
        for part, key in _DEFINING:
            values = [run.content[part].get(key) for run in (first, other)]
            if values[0] != values[1]:
                raise ValueError(f'{refused} {part}.{key} is {values[0]!r} and {values[1]!r}')
    common = [cell for cell in first.cells if all(cell in run.cells for run in runs)]
    if not common:
        raise ValueError('the runs share no kind of perturbation at the same severity')
    notes, aligned = [], []
    for run in runs:
        kept = [run.cells[cell] for cell in common]
        changed = {'cells': kept, 'summary': results.summarise(run.content['clean'], kept)}
        if left_out := [cell for cell in run.cells if cell not in common]:
            notes.append(f'Left out of {run.name}, as not all runs have it: {_listed(left_out)}.')
            changed['intervals'] = run.sums and intervals.describe_intervals(run.sums, common)
        aligned.append(replace(run, content={**run.content, **changed}))
    for part, key, words in _TOLD:
        values = [run.content[part].get(key, 'default') for run in runs]
        if any(value != values[0] for value in values):
            told = [f'{run.name}: {value}' for run, value in zip(runs, values, strict=True)]
            notes.append(f'The runs differ in {words} ({", ".join(told)}).')
    return aligned, notes


def _listed(cells: Iterable[Cell]) -> str:
    severities: dict[str, list[str]] = {}
    for kind, severity in cells:
        severities.setdefault(kind, []).append(str(severity))
    return ', '.join(f'{kind} {"/".join(found)}' for kind, found in severities.items())
