"""Which of several runs to take, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Difference:
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
    shown = measure.form.replace('{:', '{:+').format(means[1] - means[0]).replace('-', '−')
    shown = f'{shown} {measure.unit}'.strip()
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
    accuracy = [AUC_BOX.read(run.content['clean']) for run in runs]
    moved = [mean_of(R, run.content['cells']) for run in runs]
    known = [at for at, value in enumerate(accuracy) if value is not None]
    best = max(known, key=lambda at: accuracy[at], default=None)
    for at, run in enumerate(runs):
        variety = VARIETY.read(run.content['clean'])
        if variety is not None and variety < LEAST_VARIETY:
            said[at] = (
                f'{run.name} predicts nearly the same for every picture: its keypoints vary '
                f'{variety:.1%} as much as the labels do. Its small movement does not mean that it '
                'is stable.'
            )
        elif (
            at in known
            and accuracy[at] < LEAST_ACCURACY * accuracy[best]
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
    measure = movement_of(runs)
    moved = {
        at: mean
        for at, run in enumerate(runs)
        if at not in excluded and (mean := mean_of(measure, run.content['cells'])) is not None
    }
    if not moved:
        return [*said, 'None of the runs can be recommended.']
    best, *others = sorted(moved, key=moved.get)
    if not others:
        return [*said, f'Take {runs[best].name}: it is the only one left.']
    return [*said, *(_choose(runs[best], runs[at], measure) for at in others)]


def _choose(best: Run, other: Run, measure: Measure) -> str:
    moves = difference(other, best, measure)
    hits = difference(other, best, AUC_BOX, clean=True)
    roots = ' and '.join(
        measure.show_root(mean_of(measure, run.content['cells'])) for run in (best, other)
    )
    less = f'√{measure.title} {roots}; {measure.title} {moves.shown} {moves.range}'.rstrip()
    accuracy = f'{hits.title} {hits.shown} {hits.range}'
    if moves.interval is None or hits.interval is None:
        return (
            f'{best.name} moves less than {other.name} ({less}). How sure that is cannot be said: '
            f'{PERSONS_FILE} is not beside both results, or they are of other persons, or of too '
            'few.'
        )
    sure = moves.verdict == 'lower'
    if sure and hits.verdict == 'lower':
        return (
            f'{best.name} moves less than {other.name} ({less}), but is less accurate '
            f'({accuracy}). Take {best.name} where shaking hurts, as on video, and {other.name} '
            'for single pictures.'
        )
    if not sure and hits.verdict == 'undecided':
        return (
            f'These persons do not tell {best.name} and {other.name} apart ({less}; {accuracy}). '
            'Test more persons, or take the cheaper one.'
        )
    taken, left = (other, best) if hits.verdict == 'lower' else (best, other)
    reasons = [
        f'It moves less ({less})' if sure else f'Which one moves less is undecided ({less})',
        f'it is more accurate ({accuracy if taken is best else f"{best.name}: {accuracy}"})'
        if hits.verdict != 'undecided'
        else f'which one is more accurate is undecided ({accuracy})',
    ]
    return f'Take {taken.name} rather than {left.name}. {"; ".join(reasons)}.'
