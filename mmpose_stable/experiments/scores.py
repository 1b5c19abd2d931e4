"""Scores of planned runs, and their means over seeds."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmpose_stable.experiments.plan import Run, read_result

# Where a score stands in a result.
Key = tuple[str, ...]


@dataclass
class Model:
    """A model of a table: its planned runs, and the results of those that have one.

    Args:
        name: What the table calls it.
        runs: The rows of the plan, one a seed.
        results: Result files of finished runs.
    """

    name: str
    runs: list[Run] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)

    def by_seed(self, key: Key) -> dict[int, float]:
        """Return the score of every finished run that has it, by seed."""
        found = {result['seed']: lookup(result, key) for result in self.results}
        return {seed: value for seed, value in found.items() if value is not None}

    def show(self, key: Key, digits: int, scale: float = 1.0) -> str:
        """Return the mean, with the standard deviation where there are several seeds.

        Where some of the finished runs do not have the score, their number is told.
        """
        values = [scale * value for value in self.by_seed(key).values()]
        if not values:
            return '–'
        text = f'{statistics.fmean(values):.{digits}f}'
        if len(values) > 1:
            text += f' ± {statistics.stdev(values):.{digits}f}'
        if len(values) < len(self.results):
            text += f' ({len(values)} of {len(self.results)})'
        return text


def lookup(result: dict[str, Any], key: Key) -> float | None:
    """Return what stands at a path of keys, or None where there is nothing."""
    value: Any = result
    for part in key:
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def models_of(plan: list[Run], group: str, results: Path) -> dict[str, Model]:
    """Return the models of a group by name, in the order of the plan.

    Args:
        plan: All rows.
        group: The group.
        results: Folder of the result files.
    """
    models: dict[str, Model] = {}
    for run in plan:
        if group in run.groups:
            model = models.setdefault(run.model, Model(run.model))
            model.runs.append(run)
            result = read_result(results, run)
            if result is not None:
                model.results.append(result)
    return models
