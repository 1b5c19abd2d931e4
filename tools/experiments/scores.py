"""Scores of the study, each a mean over keypoints, with intervals over persons and seeds.

A score is kept as one sum and one count for each person: a resample of persons is a weighted sum.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmpose_stable.robustness.metrics import area_under, distances
from mmpose_stable.robustness.predictions import Predictions, load_predictions

PRIMARY = 'auc_box_perturbed'
# Name -> (title, whether more is better).
SCORES = {
    PRIMARY: ('AUC box, perturbed', True),
    'auc_box_clean': ('AUC box, clean', True),
    'r': ('R, px²', False),
    'ruc': ('RUC area', True),
    'moved_10px': ('moved > 10 px', False),
    'epe': ('EPE, px', False),
}
BOX_THRESHOLDS = np.linspace(0, 0.15, 31)
PIXELS = np.arange(1, 31)
RESAMPLES = 2000


@dataclass
class PersonSums:
    """Sums of one score over the keypoints of each person.

    Attributes:
        sums: (P,), or (S, P) with S seeds.
        counts: (P,) number of keypoints.
    """

    sums: np.ndarray
    counts: np.ndarray

    @property
    def mean(self) -> float:
        """The score: every keypoint weighs the same, and every seed."""
        return float(self.sums.sum() / (self.counts.sum() * max(1, self.sums[..., 0].size)))


def person_sums(folder: Path, labels: Path) -> dict[str, PersonSums]:
    """Read one tested seed.

    Args:
        folder: Results of a robustness run, with ``predictions.npz``.
        labels: The label file, with ``person`` in each image.

    Returns:
        For each of :data:`SCORES` the sums of that seed.
    """
    table = load_predictions(folder / 'predictions.npz')
    images = json.loads(labels.read_text())['images']
    person = {str(image['id']): image['person'] for image in images}
    people = sorted(set(person.values()))
    of_row = np.array([people.index(person[str(image)]) for image in table.image_id])
    counted = table.labelled.astype(bool)

    def summed(values: np.ndarray) -> PersonSums:
        """Average (N, M, K) over the pictures M, then sum over the labelled keypoints."""
        shown = np.where(counted, values.mean(1), 0).sum(1)
        sums = np.bincount(of_row, shown, len(people))
        return PersonSums(sums, np.bincount(of_row, counted.sum(1), len(people)))

    return {name: summed(values) for name, values in keypoint_scores(table).items()}


def keypoint_scores(table: Predictions) -> dict[str, np.ndarray]:
    """Return each score of each keypoint, (N, pictures, K); its mean is the score."""
    error = distances(table.keypoints, table.true_keypoints[:, None])
    error_in_box = error / table.box_size[:, None, None]
    places = table.in_input(table.keypoints)
    movement = distances(places[:, 1:], places[:, :1])
    in_box = areas(error_in_box, BOX_THRESHOLDS)
    return {
        'auc_box_perturbed': in_box[:, 1:],
        'auc_box_clean': in_box[:, :1],
        'r': np.square(movement),
        'ruc': areas(movement, PIXELS),
        'moved_10px': (movement > 10).astype(float),
        'epe': error[:, :1],
    }


def areas(distance: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the area under the step from 0 to 1 of each distance, over equally spaced thresholds.

    The mean of it is the area under the curve of the mean.
    """
    of_first = np.array(
        [
            area_under((np.arange(len(thresholds)) >= k).astype(float), thresholds)
            for k in range(len(thresholds) + 1)
        ]
    )
    return of_first[np.searchsorted(thresholds, distance, side='left')]


def stack(seeds: Sequence[PersonSums]) -> PersonSums:
    """Put the seeds of a row together; all are of the same persons."""
    return PersonSums(np.stack([seed.sums for seed in seeds]), seeds[0].counts)


def interval(first: PersonSums, second: PersonSums | None = None) -> tuple[float, float]:
    """95 % interval of a score, or of ``first`` minus ``second``.

    Persons are resampled for both rows together, since both were tested on the same pictures. Seeds
    are resampled for each row by itself, since they share nothing.
    """
    rng = np.random.default_rng(0)
    persons = len(first.counts)
    weights = rng.multinomial(persons, np.full(persons, 1 / persons), RESAMPLES)
    number = weights @ first.counts

    def resampled(row: PersonSums) -> np.ndarray:
        seeds = len(row.sums)
        drawn = rng.multinomial(seeds, np.full(seeds, 1 / seeds), RESAMPLES) / seeds
        return np.einsum('rs,sp,rp->r', drawn, row.sums, weights, optimize=True) / number

    values = resampled(first) - (resampled(second) if second is not None else 0)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def verdict(low: float, high: float) -> str:
    """Say whether an interval of a difference lies above 0, below it, or holds it."""
    return 'higher' if low > 0 else 'lower' if high < 0 else 'undecided'


def read_row(folder: Path, part: str, labels: Path) -> Mapping[str, PersonSums]:
    """Read all tested seeds of a row; empty where there is none."""
    seeds = [
        person_sums(found.parent, labels)
        for found in sorted(folder.glob(f'seed_*/{part}/robustness.json'))
    ]
    return {name: stack([seed[name] for seed in seeds]) for name in SCORES} if seeds else {}
