"""How sure a number of a run is, and a difference between two: a bootstrap over persons.

Pictures of one person are not independent, so persons are drawn, each with all of its pictures. One
draw is used for every cell and for every run that is compared, which pairs them. It is a row of how
often each person is in it, so all cells come from one matrix product.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.provenance import annotation_files
from mmpose_stable.robustness.selection import CLEAN, Cell

SCHEMA = 'mmpose_stable.robustness.persons/1'
PERSONS_FILE = 'persons.npz'
RESAMPLES, LEVEL = 2000, 0.95
# Below this no interval is given, and below the other one it is said to be too narrow.
LEAST_PERSONS, FEW_PERSONS = 5, 30
_OF_ERROR = ('auc', 'auc_box')
ENTRIES = ('r', 'r_box', 'ruc_area', 'ruc_box_area', 'unmoved_share', *_OF_ERROR)

Interval = tuple[float, float]


@dataclass(frozen=True)
class PersonSums:
    """Sums for each of G persons, of which every number is a ratio.

    Attributes:
        persons: (G,) their ids as text, ascending.
        cells: What the M columns are, the clean picture first.
        sums: By entry of a cell, (G, M) summed over pictures and counted keypoints.
        counts: By entry, (G, M) how many there are.
    """

    persons: np.ndarray
    cells: tuple[Cell, ...]
    sums: Mapping[str, np.ndarray]
    counts: Mapping[str, np.ndarray]

    def draws(self, entry: str, cells: Sequence[Cell], weights: np.ndarray) -> np.ndarray:
        """Return the mean over cells of a number of ``robustness.json``, for each draw (B,).

        Args:
            weights: (B, G), of :func:`person_weights`.
        """
        columns = [self.cells.index(cell) for cell in cells]
        sums, counts = self.sums[entry][:, columns], self.counts[entry][:, columns]
        if (counts == counts[:, :1]).all():
            sums, counts = sums.mean(1, keepdims=True), counts[:, :1]
        with np.errstate(invalid='ignore', divide='ignore'):
            return ((weights @ sums) / (weights @ counts)).mean(1)

    @classmethod
    def of_columns(cls, columns: Mapping[str, np.ndarray]) -> PersonSums:
        """Return the sums of the arrays of a ``persons.npz``."""
        kinds = zip(columns['kind'], columns['severity'], strict=True)
        cells = tuple(Cell(str(kind), int(severity)) for kind, severity in kinds)
        sums, counts = (
            {
                entry: columns[f'{part}_{entry}'].astype(np.float64)
                for entry in ENTRIES
                if f'{part}_{entry}' in columns
            }
            for part in ('sum', 'count')
        )
        return cls(columns['person'], cells, sums, counts)

    def columns(self) -> dict[str, np.ndarray]:
        """Return the arrays of a ``persons.npz``."""
        return {
            'person': self.persons,
            'kind': np.array([cell.kind for cell in self.cells]),
            'severity': np.array([cell.severity for cell in self.cells]),
            **{f'sum_{entry}': values.astype(np.float32) for entry, values in self.sums.items()},
            **{f'count_{entry}': values.astype(np.int32) for entry, values in self.counts.items()},
        }


def persons_of(dataset: Any, image_ids: Sequence[str]) -> list[str]:
    """Return who is in the picture of each sample of a data set.

    It is the ``person`` of the picture in the data set's COCO files. All of a picture without one
    are one person.

    Args:
        image_ids: (N,) the id of the picture of each sample. Data sets that are put together may
            have equal ones, so the names of their persons begin with the number of the data set.
    """
    if parts := getattr(dataset, 'datasets', ()):
        ids = np.split(np.asarray(image_ids), np.cumsum(dataset.lens)[:-1])
        return [
            f'{at}/{who}'
            for at, each in enumerate(zip(parts, ids, strict=True))
            for who in persons_of(*each)
        ]
    named = _named_persons(dataset)
    return [named.get(str(at), f'picture {at}') for at in image_ids]


def _named_persons(dataset: Any) -> dict[str, str]:
    found = {}
    for path in annotation_files(dataset):
        # Files of detected boxes are lists, others need not be JSON.
        content = json.loads(path.read_bytes()) if path.suffix == '.json' else None
        for image in content.get('images', ()) if isinstance(content, dict) else ():
            if 'person' in image:
                found[str(image['id'])] = str(image['person'])
    return found


def sum_by_person(table: Predictions, persons: Sequence[str], counted: np.ndarray) -> PersonSums:
    """Sum what R, RUC and AUC are means of.

    A person of whom the table has no row is kept, with a count of 0: two models of whole pictures
    have the same persons, though each finds none on some pictures.

    Args:
        persons: Who is in the picture of each sample of the data set, of :func:`persons_of`.
        counted: (N, K) which keypoints enter R and RUC. AUC counts labelled ones.
    """
    names, group = np.unique(persons, return_inverse=True)
    group = group[table.sample_index]
    shape = (len(names), len(table.kind))
    sums = {entry: np.zeros(shape) for entry in ENTRIES}
    counts = {entry: np.zeros(shape) for entry in ENTRIES}
    for column in range(shape[1]):
        for entry, (values, which) in table.values(column, counted).items():
            np.add.at(sums[entry][:, column], group, np.where(which, values, 0).sum(1))
            np.add.at(counts[entry][:, column], group, which.sum(1))
    return PersonSums(names, (CLEAN, *table.cells), sums, counts)


def person_weights(persons: int, resamples: int = RESAMPLES) -> np.ndarray:
    """Return how often each person is in each draw, (B, G)."""
    generator = np.random.default_rng(0)
    return generator.multinomial(persons, np.full(persons, 1 / persons), resamples).astype(float)


def interval(draws: np.ndarray, persons: int) -> Interval | None:
    """Return the 95 % percentile interval of draws (B,), widened for few persons.

    The percentiles are those of T. Hesterberg, "What Teachers Should Know About the Bootstrap"
    (2015), "expanded percentile". None for fewer than ``LEAST_PERSONS`` persons or undefined draws.
    """
    draws = draws[np.isfinite(draws)]
    if persons < LEAST_PERSONS or not draws.size:
        return None
    quantile = special.stdtrit(persons - 1, (1 - LEVEL) / 2)
    tail = special.ndtr(np.sqrt(persons / (persons - 1)) * quantile)
    return float(np.quantile(draws, tail)), float(np.quantile(draws, 1 - tail))


def describe_intervals(sums: PersonSums, cells: Sequence[Cell]) -> dict[str, Any]:
    """Return what ``robustness.json`` has under ``intervals``."""
    persons = len(sums.persons)
    weights = person_weights(persons)
    kinds = dict.fromkeys(cell.kind for cell in cells)

    def of(entry: str, chosen: Sequence[Cell]) -> Interval | None:
        return interval(sums.draws(entry, chosen, weights), persons)

    return {
        'level': LEVEL,
        'resamples': RESAMPLES,
        'persons': persons,
        'clean': {entry: of(entry, [CLEAN]) for entry in _OF_ERROR},
        'overall': {entry: of(entry, cells) for entry in sums.sums},
        'kinds': {
            kind: {'r': of('r', [cell for cell in cells if cell.kind == kind])} for kind in kinds
        },
    }


def paired_interval(
    first: PersonSums, second: PersonSums, entry: str, cells: Sequence[Cell]
) -> Interval | None:
    """Return the interval of the second run's number minus the first's; None for other persons."""
    if not np.array_equal(first.persons, second.persons):
        return None
    weights = person_weights(len(first.persons))
    draws = second.draws(entry, cells, weights) - first.draws(entry, cells, weights)
    return interval(draws, len(first.persons))


def verdict(of_difference: Interval | None) -> str:
    """Return ``higher``, ``lower`` or ``undecided``."""
    if of_difference is None:
        return 'undecided'
    low, high = of_difference
    return 'higher' if low > 0 else 'lower' if high < 0 else 'undecided'
