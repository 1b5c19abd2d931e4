"""What the papers lead one to expect of the measured scores, and whether it came true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mmpose_stable.experiments.scores import Key, Model


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
    """

    text: str
    scores: tuple[tuple[str, Key], ...]
    holds: Callable[..., bool]
    digits: int = 3
    why_not: str = ''

    def verdict(self, models: dict[str, Model]) -> str:
        """Return a Markdown line: the statement, whether it is confirmed, and the scores.

        The means over seeds decide; with several seeds the line says with how many of them the
        statement holds.

        Args:
            models: The models of the group by name.
        """
        asked = [(models.get(name) or Model(name), key) for name, key in self.scores]
        waiting = [model.name for model, key in asked if model.mean(key) is None]
        if waiting:
            return f'- {self.text}: *open*, without a result of {", ".join(waiting)}.'
        # A seed that one of the models lacks does not count.
        by_seed = list(zip(*(model.values(key) for model, key in asked), strict=False))
        holding = sum(bool(self.holds(*scores)) for scores in by_seed)
        shown = ', '.join(f'{model.name} {model.show(key, self.digits)}' for model, key in asked)
        confirmed = self.holds(*(model.mean(key) for model, key in asked))
        outcome = 'confirmed' if confirmed else 'refuted'
        explained = f' {self.why_not}' if self.why_not and not confirmed else ''
        seeds = f'holds with {holding} of {len(by_seed)} seeds' if len(by_seed) > 1 else 'one seed'
        return f'- {self.text}: **{outcome}** ({shown}; {seeds}).{explained}'
