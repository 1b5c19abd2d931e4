"""The first screen in plain words: how stable, where it breaks, what to do; or what to take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmpose_stable.robustness.measures import AUC_BOX, R_BOX, UNMOVED, R, mean_of
from mmpose_stable.robustness.report.figures import kinds_worst_first
from mmpose_stable.robustness.report.page import Answer
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.report.style import readable
from mmpose_stable.robustness.report.verdicts import movement_of, recommend, untrustworthy
from mmpose_stable.robustness.shown_measures import own_measures
from mmpose_stable.robustness.terminal import few_persons

# A keypoint that moves more than this share of the box has jumped: at 0.05 a hand of 200 px is 10
# px off.
JUMP = 0.05
# With less AUC in shares of the box on clean pictures a model does not find the keypoints yet.
LEAST_ACCURACY = 0.1
# Below this share of jumps nothing needs to be done.
FEW_JUMPS = 0.02
# From this share of unmoved keypoints on the decoder's grid hides small movements.
MANY_UNMOVED = 0.5


def answers(runs: Sequence[Run]) -> list[Answer]:
    """Return the three questions of a page and their answers."""
    return _of_one(runs[0]) if len(runs) == 1 else _of_several(runs)


def jump_share(run: Run) -> float | None:
    """Return the share of keypoints that moved more than ``JUMP`` of the box, mean over cells."""
    curve = np.array([cell['ruc_box'] for cell in run.content['cells']], float).mean(0)
    limit = run.content['settings']['max_box_distance']
    if limit < JUMP or np.isnan(curve).any():
        return None
    return float(1 - np.interp(JUMP, np.linspace(0, limit, len(curve)), curve))


def _of_one(run: Run) -> list[Answer]:
    cells = run.content['cells']
    moved, of_box = mean_of(R, cells), mean_of(R_BOX, cells)
    jumps = jump_share(run)
    stable = [
        f'A perturbed picture moves a keypoint by {_length(run, moved, "overall")} of the '
        f"network's input, {R_BOX.show_root(of_box) or '–'} (√R, the root of the mean square)."
    ]
    if jumps is not None:
        stable.append(f'{jumps:.1%} of the keypoints jump by more than {JUMP:.0%} of the box.')
    kept = _accuracy(run)
    stable += [kept] if kept else []
    return [
        Answer('How stable is it?', [*stable, *filter(None, [few_persons(run.content)])]),
        Answer('Where does it break?', _where(run)),
        Answer('What should I do?', _what_to_do(run, jumps)),
    ]


def _length(run: Run, r: float | None, *keys: str) -> str:
    """Return √R with its interval in pixels."""
    if r is None:
        return 'an unknown distance, for some keypoints are no numbers,'
    ends = run.interval(*keys, 'r')
    if ends is None:
        return R.show_root(r)
    low, high = np.sqrt(ends)
    return f'{R.show_root(r)} [{low:.1f}, {high:.1f}]'


def _accuracy(run: Run) -> str:
    metric = next((m for m in own_measures([run.content]) if m.better), None)
    if metric is None:
        return ''
    row = run.content['summary']['performance'][metric.entry]
    if row['rPC'] is None:
        return ''
    return (
        f'{metric.entry} is {metric.show(row["clean"])} on clean and {metric.show(row["mPC"])} on '
        f'perturbed pictures ({row["rPC"]:.0%}; {metric.better} is better).'
    )


def _where(run: Run) -> list[str]:
    kinds = kinds_worst_first([run])
    shown = [
        f'{readable(kind)} ({_length(run, mean_of(R, run.cells_of(kind)), "kinds", kind)})'
        for kind in kinds[:3]
    ]
    said = [f'Worst: {", ".join(shown)}.']
    if len(kinds) > 3:
        least = R.show_root(mean_of(R, run.cells_of(kinds[-1])))
        said.append(f'Least: {readable(kinds[-1])} ({least}).')
    by_severity = [
        (at, mean_of(R, [cell for cell in run.content['cells'] if cell['severity'] == at]))
        for at in run.severities
    ]
    if len(by_severity) > 1:
        first, last = by_severity[0], by_severity[-1]
        said.append(
            f'Keypoints move {R.show_root(first[1]) or "–"} at severity {first[0]} and '
            f'{R.show_root(last[1]) or "–"} at severity {last[0]}.'
        )
    return said


def _what_to_do(run: Run, jumps: float | None) -> list[str]:
    if untrustworthy([run]):
        return ['Train it longer or check its labels first: it does not look at the picture yet.']
    accuracy = AUC_BOX.read(run.content['clean'])
    if accuracy is not None and accuracy < LEAST_ACCURACY:
        return [
            f'Train it first. It does not find the keypoints yet, so its movement means little: '
            f'{AUC_BOX.title} is {AUC_BOX.show(accuracy)} on clean pictures.'
        ]
    said = []
    worst = kinds_worst_first([run])[0]
    if jumps is not None and jumps < FEW_JUMPS:
        said.append(
            f'Nothing for these perturbations: fewer than {FEW_JUMPS:.0%} of the keypoints jump.'
        )
    elif worst.startswith('box_'):
        said.append(
            'The crop shakes it most. Smooth the boxes of the detector over time, or train with '
            'stronger `RandomBBoxTransform`.'
        )
    else:
        said.append(
            'Train it again with `--method augment`, which perturbs half of the pictures, or with '
            '`--method m` if it has heatmaps or SimCC. Then compare both runs with `compare`: it '
            'says how sure a gain is.'
        )
    unmoved = mean_of(UNMOVED, run.content['cells'])
    if unmoved is not None and unmoved > MANY_UNMOVED:
        said.append(
            f'{unmoved:.0%} of the keypoints do not move at all: the decoder rounds to its grid, '
            'which hides small movements. Test with a sub-pixel decoder too.'
        )
    said.append('If keypoints shake on video, measure that with `jitter`.')
    return said


def _of_several(runs: Sequence[Run]) -> list[Answer]:
    words = (
        '“Less” and “more” hold where the 95 % interval of the difference does not contain 0. '
        'Intervals come from drawing persons anew, the same ones for all runs.'
    )
    few = filter(None, [few_persons(runs[0].content)])
    return [
        Answer('Which one should I take?', recommend(runs)),
        Answer('How sure is that?', [words, *few]),
        Answer('Where do they differ?', [_widest(runs[0], other) for other in runs[1:]]),
    ]


def _widest(first: Run, other: Run) -> str:
    """Say under which kind two runs move most differently."""
    measure = movement_of([first, other])
    moved = {
        kind: [mean_of(measure, r.cells_of(kind)) for r in (first, other)] for kind in first.kinds
    }
    known = {kind: pair for kind, pair in moved.items() if None not in pair}
    if not known:
        return f'{other.name} and {first.name} have no kind in common with a number.'
    kind = max(known, key=lambda kind: abs(known[kind][1] - known[kind][0]))
    mine, theirs = map(measure.show_root, known[kind])
    return (
        f'Most under {readable(kind)}: √{measure.title} is {theirs} for {other.name} and {mine} '
        f'for {first.name}.'
    )
