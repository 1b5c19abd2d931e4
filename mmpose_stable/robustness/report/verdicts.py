"""What tells runs apart, which one to take, and how far that can be trusted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmpose_stable.robustness.intervals import (
    FEW_PERSONS,
    LEAST_PERSONS,
    PERSONS_FILE,
    Interval,
    paired_interval,
    verdict,
)
from mmpose_stable.robustness.measures import (
    AUC_BOX,
    R_BOX,
    RUC,
    RUC_BOX,
    VARIETY,
    Measure,
    R,
    defined,
)
from mmpose_stable.robustness.metrics import BOX_THRESHOLDS
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.selection import CLEAN

# Below this share of the labels' variation a model is taken to predict the same everywhere.
LEAST_VARIETY = 0.1
# The most stable run needs this share of the best run's AUC box on clean pictures.
LEAST_SHARE = 0.8
# A keypoint that moves more than this share of the box, a threshold of RUC box, has jumped: a hand
# of 200 px is 10 px off. Below the other share of jumps nothing needs to be done.
JUMP, FEW_JUMPS = 0.05, 0.02
# With less AUC in shares of the box on clean pictures a model does not find the keypoints yet.
LEAST_ACCURACY = 0.1


class Difference(NamedTuple):
    """A measure of two runs of the same samples.

    Attributes:
        measure: What is compared.
        title: The same in words.
        means: Of the first run and of the second.
        interval: 95 % interval of the second minus the first, over persons and paired; None where
            the runs have no persons in common.
        shown: The second minus the first as text.
        range: The interval as text.
        verdict: ``higher``, ``lower`` or ``undecided``.
    """

    measure: Measure
    title: str
    means: tuple[float | None, float | None]
    interval: Interval | None
    shown: str
    range: str
    verdict: str


def difference(first: Run, second: Run, measure: Measure, clean: bool = False) -> Difference:
    """Compare two runs in one measure, on clean or on perturbed pictures."""
    means = first.mean(measure, clean), second.mean(measure, clean)
    found, shown = None, '–'
    if None not in means:
        shown = f'{measure.show_change(means[1] - means[0])} {measure.unit}'.strip()
        if first.sums and second.sums:
            cells = [CLEAN] if clean else list(first.cells)
            found = paired_interval(first.sums, second.sums, measure.entry, cells)
    title = f'{measure.title}{", clean" * clean}'
    words = measure.show_range(found, signed=True)
    return Difference(measure, title, means, found, shown, words, verdict(found))


def movement_of(runs: Sequence[Run]) -> tuple[Measure, Measure]:
    """Return the measures of movement in which runs compare: R and RUC area.

    They are those in shares of the box where the networks have inputs of unequal sizes.
    """
    sizes = {str(run.content['model'].get('input_size')) for run in runs}
    return (R, RUC) if len(sizes) == 1 else (R_BOX, RUC_BOX)


def deciding_of(runs: Sequence[Run]) -> Measure:
    """Return the measure by which one run is taken.

    It is that of movement. Where persons can be lost, R leaves them out, so it is the area under
    RUC, in which their keypoints count as moved.
    """
    r, ruc = movement_of(runs)
    return ruc if runs[0].finds_persons else r


def differences(runs: Sequence[Run]) -> list[tuple[str, Difference]]:
    """Return what tells each other run from the first: movement, RUC, and AUC twice."""
    r, ruc = movement_of(runs)
    return [
        (run.name, difference(runs[0], run, measure, clean))
        for run in runs[1:]
        for measure, clean in ((r, False), (ruc, False), (AUC_BOX, True), (AUC_BOX, False))
    ]


def untrustworthy(runs: Sequence[Run]) -> dict[int, str]:
    """Return the position of each run whose small movement means nothing, and a sentence why.

    A run whose predictions hardly vary from picture to picture is one; so is any that moves less
    than the most accurate run but has less than ``LEAST_SHARE`` of its AUC box.
    """
    said = {}
    accuracy = [run.mean(AUC_BOX, clean=True) or 0.0 for run in runs]
    moved = [run.mean(movement_of(runs)[0]) for run in runs]
    best = int(np.argmax(accuracy))
    for at, run in enumerate(runs):
        variety = run.mean(VARIETY, clean=True)
        moves_less = None not in (moved[at], moved[best]) and moved[at] < moved[best]
        if variety is not None and variety < LEAST_VARIETY:
            said[at] = (
                f'{run.name} predicts nearly the same for every picture, so its small movement '
                'does not mean that it is stable.'
            )
        elif accuracy[at] < LEAST_SHARE * accuracy[best] and moves_less:
            said[at] = (
                f'{run.name} moves less than {runs[best].name} but is much less accurate (AUC in '
                f'shares of the box {accuracy[at]:.3f} and {accuracy[best]:.3f} on clean pictures).'
            )
    return said


def recommend(runs: Sequence[Run]) -> list[str]:
    """Return in sentences which run to take; those that collapsed are said first."""
    excluded = untrustworthy(runs)
    said = [f'Do not take {runs[at].name}.' for at in excluded]
    measure = deciding_of(runs)
    moved = {at: run.mean(measure) for at, run in enumerate(runs) if at not in excluded}
    kept = {at: mean for at, mean in moved.items() if mean is not None}
    if not kept:
        return [*said, 'None of the runs can be recommended.']
    best, *others = sorted(kept, key=kept.get, reverse=measure.better == 'higher')
    if not others:
        return [*said, f'Take {runs[best].name}: it is the only one left.']
    return [*said, *(_choose(runs[best], runs[at], measure) for at in others)]


def _choose(best: Run, other: Run, measure: Measure) -> str:
    moves = difference(other, best, measure)
    hits = difference(other, best, AUC_BOX, clean=True)
    a, b = best.name, other.name
    if moves.interval is None:
        return (
            f'{a} does not move more than {b}. How sure that is cannot be said: {PERSONS_FILE} is '
            f'not beside both results, or has no {measure.title}, or they are of other persons, or '
            'of too few.'
        )
    return {
        (True, 'higher'): f'Take {a} rather than {b}: it moves less and is more accurate on clean '
        'pictures.',
        (True, 'undecided'): f'Take {a} rather than {b}: it moves less. Which one is more accurate '
        'on clean pictures is undecided.',
        (True, 'lower'): f'{a} moves less than {b}, but is less accurate on clean pictures. Take '
        f'{a} where shaking hurts, as on video, and {b} for single pictures.',
        (False, 'higher'): f'Take {a} rather than {b}: it is more accurate on clean pictures. '
        'Which one moves less is undecided.',
        (False, 'lower'): f'Take {b} rather than {a}: it is more accurate on clean pictures. '
        'Which one moves less is undecided.',
        (False, 'undecided'): f'These persons do not tell {a} and {b} apart. Test more persons, or '
        'take the cheaper one.',
    }[moves.verdict == measure.better, hits.verdict]


def few_persons(run: Run) -> list[str]:
    """Return a warning where intervals are of few persons; none where they are not."""
    persons = run.interval('persons')
    if persons is None or persons >= FEW_PERSONS:
        return []
    return [
        f'The result is of {persons} persons: intervals are too narrow below {FEW_PERSONS}, and '
        f'below {LEAST_PERSONS} there is none. All persons on one picture count as one.'
    ]


def jump_share(run: Run) -> float | None:
    """Return the share of keypoints that moved more than ``JUMP`` of the box, mean over cells."""
    at = np.abs(BOX_THRESHOLDS - JUMP).argmin()
    stayed = np.array([cell['ruc_box'][at] for cell in run.content['cells']], float)
    return defined(1 - stayed.mean())
