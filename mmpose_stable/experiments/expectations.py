"""What is expected of the measured scores, and whether it came true."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from mmpose_stable.experiments.scores import Key, Model

OUTCOMES = ('confirmed', 'refuted', 'open')


class Verdict(NamedTuple):
    """What came of an expectation: one of ``OUTCOMES``, and a line of Markdown that says so."""

    outcome: str
    line: str


@dataclass(frozen=True)
class Expectation:
    """A statement about scores that can be checked.

    Args:
        text: The statement.
        scores: The scores it is about: a model of the group and a key each.
        holds: Whether the statement is true of these scores, in this order.
        digits: Digits to print the scores with.
        why_not: What explains a refutation and what was tried, or that neither is known. It
            stands beside the verdict as long as that is what the scores say.
        ours: Whether it is about a choice or an idea of this package, not about what the papers
            say. A default that was chosen by the very scores that it is then asked of cannot be
            confirmed by them.
    """

    text: str
    scores: tuple[tuple[str, Key], ...]
    holds: Callable[..., bool]
    digits: int = 3
    why_not: str = ''
    ours: bool = False

    def verdict(self, models: dict[str, Model]) -> Verdict:
        """Return whether the statement is confirmed, and a line with it and the scores.

        The means over the seeds that all models have decide; with several seeds the line says with
        how many of them the statement holds.

        Args:
            models: The models of the group by name.
        """
        asked = [(models.get(name) or Model(name), key) for name, key in self.scores]
        scores = [model.by_seed(key) for model, key in asked]
        waiting = [
            model.name for (model, _), values in zip(asked, scores, strict=True) if not values
        ]
        if waiting:
            known = ', '.join(
                f'{model.name} {model.show(key, self.digits)}'
                for (model, key), values in zip(asked, scores, strict=True)
                if values
            )
            so_far = f'; so far {known}' if known else ''
            missing = ', '.join(waiting)
            return Verdict('open', f'- {self.text}: *open*, without a result of {missing}{so_far}.')
        seeds = sorted(set.intersection(*(set(values) for values in scores)))
        if not seeds:
            return Verdict(
                'open', f'- {self.text}: *open*, no seed is finished for all of its models.'
            )
        by_seed = [[values[seed] for values in scores] for seed in seeds]
        holding = sum(bool(self.holds(*row)) for row in by_seed)
        means = [statistics.fmean(column) for column in zip(*by_seed, strict=True)]
        confirmed = self.holds(*means)
        shown = ', '.join(
            f'{model.name} {mean:.{self.digits}f}'
            for (model, _), mean in zip(asked, means, strict=True)
        )
        outcome = 'confirmed' if confirmed else 'refuted'
        explained = f' {self.why_not}' if self.why_not and not confirmed else ''
        if len(seeds) > 1:
            counted = f'holds with {holding} of {len(seeds)} seeds'
        elif all(len(values) == 1 for values in scores):
            counted = 'one seed'
        else:
            counted = f'seed {seeds[0]}, the only one that all have'
        return Verdict(outcome, f'- {self.text}: **{outcome}** ({shown}; {counted}).{explained}')
