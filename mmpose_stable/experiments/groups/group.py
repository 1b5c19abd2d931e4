"""What a table of the page of results is, and the sentences that several of them share."""

from __future__ import annotations

from dataclasses import dataclass

from mmpose_stable.experiments.expectations import Expectation
from mmpose_stable.experiments.groups.columns import Column


@dataclass(frozen=True)
class Group:
    """A table with its text.

    Args:
        title: Heading.
        text: What to know about it, and what was found.
        columns: Scores.
        curve: The metric that is drawn over the updates of training, and its name.
        expected: What the papers lead one to expect.
        evaluated: Whether the evaluator's figures and table stand beside it.
    """

    title: str
    text: str
    columns: tuple[Column, ...]
    curve: tuple[str, str]
    expected: tuple[Expectation, ...] = ()
    evaluated: bool = False


def measures(side: int) -> str:
    """Return what the evaluator's columns are, for square inputs of this many pixels a side."""
    return (
        'Perturbed columns are means over five severities of each of the five held-out kinds. AUC '
        'is the area under PCK over 0 to 30 px, RUC the same of how far the prediction moves from '
        f'that of the clean picture, both in pixels of the {side}-px input. R is the mean square '
        'of that movement. '
    )


MEASURES = measures(128)
HANDS = 'Labels are those of MediaPipe: AUC is agreement with it, not accuracy. '
MAP_MEASURES = (
    'D_64 (squared pixels of the heatmap) and D(1)(2) are of clean heatmaps of 32×32 pixels; the '
    '16×16 of CLNet do not compare with them, nor does the share that is certified. '
)
PAIR = 'from scratch, with the same input size, augmentation, schedule and seed. '
