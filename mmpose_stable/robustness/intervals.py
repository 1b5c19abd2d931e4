"""How sure a number of a run is, and a difference between two: a bootstrap over persons.

Pictures of one person are not independent, so persons are drawn, each with all of its pictures. One
draw is used for every cell and for every run that is compared, which pairs them. It is a row of how
often each person is in it, so all cells come from one matrix product.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from mmpose_stable.robustness.predictions import Predictions
from mmpose_stable.robustness.provenance import annotation_files
from mmpose_stable.robustness.selection import CLEAN, Cell, cells_of

SCHEMA = 'mmpose_stable.robustness.persons/1'
PERSONS_FILE = 'persons.npz'
RESAMPLES, LEVEL = 2000, 0.95
# Below this no interval is given, and below the other one it is said to be too narrow.
LEAST_PERSONS, FEW_PERSONS = 5, 30

Interval = tuple[float, float]


def persons_of(dataset: Any, image_ids: np.ndarray) -> list[str]:
    """Return who is in the picture of each sample of a data set.

    It is the ``person`` of the picture in the data set's COCO files. All of a picture without one
    are one person.

    Args:
        image_ids: (N,) the id of the picture of each sample. Data sets that are put together may
            have equal ones, so the names of their persons begin with the number of the data set.
    """
    if parts := getattr(dataset, 'datasets', ()):
        ids = np.split(image_ids, np.cumsum(dataset.lens)[:-1])
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


def sum_by_person(
    table: Predictions, persons: Sequence[str], counted: np.ndarray
) -> dict[str, np.ndarray]:
    """Sum what R, RUC and AUC are means of.

    A person of whom the table has no row is kept, with a count of 0: two models of whole pictures
    have the same persons, though each finds none on some pictures.

    Args:
        persons: Who is in the picture of each sample of the data set, of :func:`persons_of`.
        counted: (N, K) which keypoints enter R and RUC. AUC counts labelled ones.

    Returns:
        The columns of ``persons.npz``, which ``docs/result_files.md`` lists.
    """
    names, group = np.unique(persons, return_inverse=True)
    group = group[table.sample_index]
    found: dict[str, list[np.ndarray]] = {}
    for column in range(len(table.kind)):
        for entry, (values, which) in table.values(column, counted).items():
            for part, each in (('sum', np.where(which, values, 0)), ('count', which)):
                summed = np.bincount(group, each.sum(1), len(names))
                found.setdefault(f'{part}_{entry}', []).append(summed)
    return {
        'person': names,
        'kind': table.kind,
        'severity': table.severity,
        **{name: np.stack(columns, 1).astype(np.float32) for name, columns in found.items()},
    }


def draws_of(
    sums: Mapping[str, np.ndarray], entry: str, cells: Sequence[Cell], weights: np.ndarray
) -> np.ndarray:
    """Return the mean over cells of a number of ``robustness.json``, for each draw (B,).

    Args:
        sums: Columns of ``persons.npz``.
        weights: (B, G), of :func:`person_weights`.
    """
    known = cells_of(sums['kind'], sums['severity'])
    columns = [known.index(cell) for cell in cells]
    total, count = (sums[f'{part}_{entry}'][:, columns].astype(float) for part in ('sum', 'count'))
    if (count == count[:, :1]).all():
        total, count = total.mean(1, keepdims=True), count[:, :1]
    with np.errstate(invalid='ignore', divide='ignore'):
        return ((weights @ total) / (weights @ count)).mean(1)


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


def describe_intervals(sums: Mapping[str, np.ndarray], cells: Sequence[Cell]) -> dict[str, Any]:
    """Return what ``robustness.json`` has under ``intervals``.

    Args:
        sums: Columns of ``persons.npz``.
        cells: The perturbations to average over.
    """
    persons = len(sums['person'])
    weights = person_weights(persons)
    kinds = dict.fromkeys(cell.kind for cell in cells)
    entries = [name.removeprefix('sum_') for name in sums if name.startswith('sum_')]

    def of(entry: str, chosen: Sequence[Cell]) -> Interval | None:
        return interval(draws_of(sums, entry, chosen, weights), persons)

    return {
        'level': LEVEL,
        'resamples': RESAMPLES,
        'persons': persons,
        'clean': {entry: of(entry, [CLEAN]) for entry in ('auc', 'auc_box')},
        'overall': {entry: of(entry, cells) for entry in entries},
        'kinds': {
            kind: {'r': of('r', [cell for cell in cells if cell.kind == kind])} for kind in kinds
        },
    }


def paired_interval(
    first: Mapping[str, np.ndarray],
    second: Mapping[str, np.ndarray],
    entry: str,
    cells: Sequence[Cell],
) -> Interval | None:
    """Return the interval of the second run's number minus the first's; None for other persons.

    Args:
        first: Columns of ``persons.npz``.
        second: The same of the other run.
        entry: Key of the number in a cell of ``robustness.json``. Older files lack some, and then
            there is no interval either.
        cells: The perturbations to average over.
    """
    persons = first['person']
    both = all(f'sum_{entry}' in sums for sums in (first, second))
    if not both or not np.array_equal(persons, second['person']):
        return None
    weights = person_weights(len(persons))
    of_first, of_second = (draws_of(sums, entry, cells, weights) for sums in (first, second))
    return interval(of_second - of_first, len(persons))


def verdict(of_difference: Interval | None) -> str:
    """Return ``higher``, ``lower`` or ``undecided``."""
    if of_difference is None:
        return 'undecided'
    low, high = of_difference
    return 'higher' if low > 0 else 'lower' if high < 0 else 'undecided'
