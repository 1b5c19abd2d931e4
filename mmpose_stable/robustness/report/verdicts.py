"""Which of several runs to take, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmpose_stable.robustness.intervals import PERSONS_FILE, Interval, paired_interval, verdict
from mmpose_stable.robustness.measures import (
    AUC_BOX,
    R_BOX,
    RUC,
    RUC_BOX,
    VARIETY,
    Measure,
    R,
    mean_of,
)
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.selection import CLEAN

# Below this share of the labels' variation a model is taken to predict the same everywhere.
LEAST_VARIETY = 0.1
# The most stable run needs this share of the best run's AUC box on clean pictures.
LEAST_ACCURACY = 0.8


class Difference(NamedTuple):
    """A number of the second of two runs less that of the first.

    Attributes:
        interval: 95 %, over persons and paired; None where the runs have no persons in common.
        verdict: ``higher``, ``lower`` or ``undecided``.
    """

    title: str
    shown: str
    interval: Interval | None
    range: str
    verdict: str


def of_one_size(runs: Sequence[Run]) -> bool:
    """Whether all networks have inputs of one size, so that pixels compare."""
    return len({str(run.content['model'].get('input_size')) for run in runs}) == 1


def movement_of(runs: Sequence[Run]) -> Measure:
    """Return the measure of movement in which runs compare: R, or R box for unequal inputs."""
    return R if of_one_size(runs) else R_BOX


def deciding_of(runs: Sequence[Run]) -> Measure:
    """Return the measure by which one run is taken.

    It is that of movement. Where persons can be lost, R leaves them out, so it is the area under
    RUC, in which their keypoints count as moved.
    """
    if any(run.finds_persons for run in runs):
        return RUC if of_one_size(runs) else RUC_BOX
    return movement_of(runs)


def paired_means(
    first: Run, second: Run, measure: Measure, clean: bool = False
) -> tuple[list[float | None], Interval | None]:
    """Return a measure of two runs, on clean or on perturbed pictures, and how sure it is.

    Returns:
        Both means, and the 95 % interval of the second's less the first's, over persons and paired;
        None where the runs have no persons in common.
    """
    cells = [[run.content['clean']] if clean else run.content['cells'] for run in (first, second)]
    means = [mean_of(measure, some) for some in cells]
    found = None
    if first.sums and second.sums and measure.entry in first.sums.sums and None not in means:
        over = [CLEAN] if clean else list(first.cells)
        found = paired_interval(first.sums, second.sums, measure.entry, over)
    return means, found


def difference(first: Run, second: Run, measure: Measure, clean: bool = False) -> Difference:
    """Compare two runs of the same samples in one measure, on clean or on perturbed pictures."""
    means, found = paired_means(first, second, measure, clean)
    title = f'{measure.title}{", clean" if clean else ""}'
    if None in means:
        return Difference(title, '–', None, '', verdict(None))
    shown = f'{measure.show_change(means[1] - means[0])} {measure.unit}'.strip()
    return Difference(title, shown, found, measure.show_range(found, signed=True), verdict(found))


def differences(runs: Sequence[Run]) -> list[tuple[str, Difference]]:
    """Return what tells each other run from the first: movement, RUC, and AUC twice."""
    measures = [
        (movement_of(runs), False),
        (RUC if of_one_size(runs) else RUC_BOX, False),
        (AUC_BOX, True),
        (AUC_BOX, False),
    ]
    return [
        (run.name, difference(runs[0], run, measure, clean))
        for run in runs[1:]
        for measure, clean in measures
    ]


def untrustworthy(runs: Sequence[Run]) -> dict[int, str]:
    """Return the position of each run whose small movement means nothing, and a sentence why.

    A run whose predictions hardly vary from picture to picture is one; so is any that moves less
    than the most accurate run but has less than ``LEAST_ACCURACY`` of its AUC box.
    """
    said = {}
    accuracy = [AUC_BOX.read(run.content['clean']) or 0.0 for run in runs]
    moved = [mean_of(R, run.content['cells']) for run in runs]
    best = int(np.argmax(accuracy))
    for at, run in enumerate(runs):
        variety = VARIETY.read(run.content['clean'])
        if variety is not None and variety < LEAST_VARIETY:
            said[at] = (
                f'{run.name} predicts nearly the same for every picture: its keypoints vary '
                f'{variety:.1%} as much as the labels do. Its small movement does not mean that it '
                'is stable.'
            )
        elif (
            accuracy[at] < LEAST_ACCURACY * accuracy[best]
            and None not in (moved[at], moved[best])
            and moved[at] < moved[best]
        ):
            said[at] = (
                f'{run.name} moves less than {runs[best].name} but is much less accurate (AUC in '
                f'shares of the box {accuracy[at]:.3f} and {accuracy[best]:.3f} on clean '
                'pictures). Do not choose it for its small movement.'
            )
    return said


def recommend(runs: Sequence[Run]) -> list[str]:
    """Return in sentences which run to take; those that collapsed are said first."""
    excluded = untrustworthy(runs)
    said = [f'Do not take {runs[at].name}.' for at in excluded]
    measure = deciding_of(runs)
    moved = {at: mean_of(measure, run.content['cells']) for at, run in enumerate(runs)}
    kept = {at: mean for at, mean in moved.items() if at not in excluded and mean is not None}
    if not kept:
        return [*said, 'None of the runs can be recommended.']
    best, *others = sorted(kept, key=kept.get, reverse=measure.better == 'higher')
    if not others:
        return [*said, f'Take {runs[best].name}: it is the only one left.']
    return [*said, *(_choose(runs[best], runs[at], measure) for at in others)]


def _choose(best: Run, other: Run, measure: Measure) -> str:
    moves = difference(other, best, measure)
    hits = difference(other, best, AUC_BOX, clean=True)
    cells = best.content['cells'], other.content['cells']
    means = [mean_of(measure, some) for some in cells]
    roots = [measure.show_root(mean) for mean in means]
    shown = f'√{measure.title} ' if all(roots) else f'{measure.title} '
    shown += ' and '.join(roots if all(roots) else map(measure.show, means))
    numbers = (
        f'{shown}; {best.name} less {other.name}: {measure.title} {moves.shown} '
        f'{moves.range}, {hits.title} {hits.shown} {hits.range}'
    ).rstrip()
    take = f'Take {best.name} rather than {other.name}'
    if moves.interval is None or hits.interval is None:
        said = (
            f'{best.name} moves less than {other.name}. How sure that is cannot be said: '
            f'{PERSONS_FILE} is not beside both results, or they are of other persons, or of too '
            'few'
        )
    elif moves.verdict != measure.better:
        said = {
            'higher': f'{take}: it is more accurate. Which one moves less is undecided',
            'lower': f'Take {other.name} rather than {best.name}: it is more accurate. Which one '
            'moves less is undecided',
            'undecided': f'These persons do not tell {best.name} and {other.name} apart. Test more '
            'persons, or take the cheaper one',
        }[hits.verdict]
    else:
        said = {
            'higher': f'{take}: it moves less and is more accurate on clean pictures',
            'lower': f'{best.name} moves less than {other.name}, but is less accurate. Take '
            f'{best.name} where shaking hurts, as on video, and {other.name} for single pictures',
            'undecided': f'{take}: it moves less. Which one is more accurate on clean pictures is '
            'undecided',
        }[hits.verdict]
    return f'{said} ({numbers}).'
