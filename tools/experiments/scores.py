"""Scores of a row of the study: means over seeds, with intervals over persons and seeds."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.intervals import (
    PERSONS_FILE,
    SCHEMA,
    Interval,
    draws_of,
    interval,
    person_weights,
)
from mmpose_stable.robustness.results import load_results
from mmpose_stable.robustness.selection import cells_of


@dataclass(frozen=True)
class Score:
    """One column of the table.

    Attributes:
        title: As the page shows it.
        entry: Key in ``robustness.json``.
        form: How a value is shown.
        clean: Whether it is of the clean pictures rather than of the perturbed ones.
    """

    title: str
    entry: str
    form: str = '{:.3f}'
    clean: bool = False


PRIMARY = 'auc_box_perturbed'
SCORES = {
    PRIMARY: Score('AUC box, perturbed', 'auc_box'),
    'auc_box_clean': Score('AUC box, clean', 'auc_box', clean=True),
    'r': Score('R, px²', 'r', '{:.1f}'),
    'ruc': Score('RUC area', 'ruc_area'),
}
FAR = 10  # pixels of the input


@dataclass(frozen=True)
class Seeds:
    """The tested seeds of a row, all on the same persons.

    Attributes:
        sums: The columns of ``persons.npz``, for each seed.
        moved_far: Share of keypoints that moved more than ``FAR`` pixels, for each kind.
    """

    sums: Sequence[Mapping[str, np.ndarray]]
    moved_far: Mapping[str, float]

    def first(self, count: int) -> 'Seeds':
        """Return the first seeds alone."""
        return dataclasses.replace(self, sums=self.sums[:count])

    def draws(self, score: Score) -> np.ndarray:
        """Return the score of each seed for each draw of persons, (S, B); draw 0 is of all."""
        weights = person_weights(len(self.sums[0]['person']))
        weights = np.vstack((np.ones_like(weights[:1]), weights))
        clean, *perturbed = cells_of(self.sums[0]['kind'], self.sums[0]['severity'])
        cells = [clean] if score.clean else perturbed
        return np.stack([draws_of(sums, score.entry, cells, weights) for sums in self.sums])

    def mean(self, score: Score) -> float:
        """Return the score of all persons, every seed weighing the same."""
        return float(self.draws(score)[:, 0].mean())

    def interval(self, score: Score) -> Interval | None:
        """Return its 95 % interval, over persons and seeds."""
        draws = self.draws(score)[:, 1:]
        shares = _shares_of_seeds(draws, np.random.default_rng(0))
        return interval((shares * draws).sum(0), len(self.sums[0]['person']))


def read_row(folder: Path, part: str) -> Seeds | None:
    """Read all tested seeds of a row; None where there is none."""
    found = sorted(folder.glob(f'seed_*/{part}/robustness.json'))
    if not found:
        return None
    sums = [read_columns(path.with_name(PERSONS_FILE), SCHEMA)[1] for path in found]
    moved: dict[str, list[float]] = {}
    for path in found:
        for cell in load_results(path)['cells']:
            moved.setdefault(cell['kind'], []).append(1 - cell['ruc'][FAR])
    return Seeds(sums, {kind: float(np.mean(shares)) for kind, shares in moved.items()})


def difference(
    first: Seeds, second: Seeds, score: Score, same_seeds: bool = False
) -> Interval | None:
    """Return the 95 % interval of the first row's score less the second's.

    Persons are drawn for both rows together, since both were tested on the same pictures.

    Args:
        first: A row.
        second: The row beside it.
        score: What is compared.
        same_seeds: Draw the seeds for both together too, where seeds of one number start from the
            same weights. Else they share nothing and are drawn apart.
    """
    generator = np.random.default_rng(0)
    of_first, of_second = (row.draws(score)[:, 1:] for row in (first, second))
    shares = _shares_of_seeds(of_first, generator)
    shares_of_second = shares if same_seeds else _shares_of_seeds(of_second, generator)
    drawn = (shares * of_first).sum(0) - (shares_of_second * of_second).sum(0)
    return interval(drawn, len(first.sums[0]['person']))


def _shares_of_seeds(draws: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the weight of each seed in each draw, (S, B)."""
    seeds, count = draws.shape
    return generator.multinomial(seeds, np.full(seeds, 1 / seeds), count).T / seeds
