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
        holds: Whether the statement is true of these scores, means over seeds, in this order.
        digits: Digits to print the scores with.
    """

    text: str
    scores: tuple[tuple[str, Key], ...]
    holds: Callable[..., bool]
    digits: int = 3

    def verdict(self, models: dict[str, Model]) -> str:
        """Return a Markdown line: the statement, whether it is confirmed, and the scores.

        Args:
            models: The models of the group by name.
        """
        found = [(models[name], key) for name, key in self.scores if name in models]
        means = {model.name: model.mean(key) for model, key in found}
        waiting = [name for name, _ in self.scores if means.get(name) is None]
        if waiting:
            return f'- {self.text}: *open*, without a result of {", ".join(waiting)}.'
        seeds = min(len(model.values(key)) for model, key in found)
        shown = ', '.join(f'{model.name} {model.show(key, self.digits)}' for model, key in found)
        outcome = 'confirmed' if self.holds(*means.values()) else 'refuted'
        return f'- {self.text}: **{outcome}** ({shown}; seeds: {seeds}).'
