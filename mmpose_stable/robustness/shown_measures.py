"""Which measures some results have: those of the table, and the metrics of their data set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmpose_stable.robustness.measures import MEASURES, Measure


def better_end(name: str) -> str:
    """Return whether a metric of MMPose is better ``higher`` or ``lower``; empty where not known.

    Args:
        name: As logged, such as ``coco/AP .5``, ``torso/Head PCK`` or ``NME``.
    """
    words = set(re.findall('[A-Za-z]+', name))
    if words & {'AP', 'AR', 'AUC', 'PCK', 'PCKh'}:
        return 'higher'
    return 'lower' if words & {'EPE', 'NME'} else ''


def own_measures(contents: Sequence[Mapping[str, Any]]) -> list[Measure]:
    """Return the data set's metrics that all results have, in the first one's order."""
    first, *others = ([*content['clean']['metrics']] for content in contents)
    names = [name for name in first if all(name in other for other in others)]
    return [
        Measure(
            name,
            f'{name} (data set)',
            '',
            '{:.4f}',
            better_end(name),
            "A metric of the data set's own.",
            own=True,
        )
        for name in names
    ]


def measures_of(contents: Sequence[Mapping[str, Any]]) -> list[Measure]:
    """Return the measures of which some result has a value, the data set's own at the end."""
    cells = [cell for content in contents for cell in (content['clean'], *content['cells'])]
    measures = [*MEASURES, *own_measures(contents)]
    read = {m: [m.read(cell) for cell in cells] for m in measures}
    return [m for m, values in read.items() if any(v if m.rare else v is not None for v in values)]
