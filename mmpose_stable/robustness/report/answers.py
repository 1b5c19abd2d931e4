"""The first screen in plain words: how stable, where it breaks, what to do; or what to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmpose_stable.robustness.intervals import FEW_PERSONS, LEAST_PERSONS
from mmpose_stable.robustness.measures import AUC_BOX, LOST, NEW, R_BOX, R, mean_of, own_measures
from mmpose_stable.robustness.report.page import Answer
from mmpose_stable.robustness.report.runs import Run, kinds_worst_first
from mmpose_stable.robustness.report.verdicts import deciding_of, recommend, untrustworthy

# A keypoint that moves more than this share of the box has jumped: at 0.05 a hand of 200 px is 10
# px off.
JUMP = 0.05
# With less AUC in shares of the box on clean pictures a model does not find the keypoints yet.
LEAST_ACCURACY = 0.1
# Below this share of jumps nothing needs to be done.
FEW_JUMPS = 0.02


def answers(runs: Sequence[Run]) -> list[Answer]:
    """Return the questions of a page and their answers."""
    run, few = runs[0], few_persons(runs[0])
    if len(runs) > 1:
        words = (
            '“Less” and “more” hold where the 95 % interval of the difference does not contain 0. '
            'Intervals come from drawing persons anew, the same ones for all runs.'
        )
        lost = ['The keypoints of lost persons count as moved.'] if run.finds_persons else []
        return [
            Answer('Which one should I take?', recommend(runs)),
            Answer('How sure is that?', [words, *lost, *few]),
        ]
    jumps = jump_share(run)
    return [
        Answer('How stable is it?', [*_how_stable(run, jumps), *few]),
        Answer('Where does it break?', _where(run)),
        Answer('What should I do?', _what_to_do(run, jumps)),
    ]


def few_persons(run: Run) -> list[str]:
    """Return a warning where intervals are of few persons; none where they are not."""
    persons = run.interval('persons')
    if persons is None or persons >= FEW_PERSONS:
        return []
    if persons < LEAST_PERSONS:
        said = f'No intervals: they need {LEAST_PERSONS} persons or more, here: {persons}. '
        return [said + 'All persons on one picture count as one.']
    return [f'Intervals of {persons} persons are too narrow; {FEW_PERSONS} or more are needed.']


def jump_share(run: Run) -> float | None:
    """Return the share of keypoints that moved more than ``JUMP`` of the box, mean over cells."""
    curve = np.array([cell['ruc_box'] for cell in run.content['cells']], float).mean(0)
    limit = run.content['settings']['max_box_distance']
    if limit < JUMP or np.isnan(curve).any():
        return None
    return float(1 - np.interp(JUMP, np.linspace(0, limit, len(curve)), curve))


def _how_stable(run: Run, jumps: float | None) -> list[str]:
    cells = run.content['cells']
    said, who, lost = [], 'A perturbed picture moves a keypoint', ''
    if run.finds_persons:
        lost_share, new_share = mean_of(LOST, cells), mean_of(NEW, cells)
        new = (
            '' if new_share is None else f', and {NEW.show(new_share)} of those found on it are new'
        )
        said.append(
            f'A perturbed picture loses {LOST.show(lost_share)} of the persons of the clean '
            f'one{new}.'
        )
        who, lost = 'It moves a keypoint of a person found again', ', or are lost with the person'
    r = mean_of(R, cells)
    if run.finds_persons and r is None:
        said.append('How far it moves the others is unknown: some perturbation loses everybody.')
    else:
        said.append(
            f"{who} by {_length(run, r, 'overall')} of the network's input, "
            f'{R_BOX.show_root(mean_of(R_BOX, cells)) or "–"} (√R, the root of the mean square).'
        )
    if jumps is not None:
        said.append(f'{jumps:.1%} of the keypoints jump by more than {JUMP:.0%} of the box{lost}.')
    for metric in [metric for metric in own_measures([run.content]) if metric.better][:1]:
        row = run.content['summary']['performance'][metric.entry]
        if row['rPC'] is not None:
            said.append(
                f'{metric.entry} is {metric.show(row["clean"])} on clean and '
                f'{metric.show(row["mPC"])} on perturbed pictures ({row["rPC"]:.0%}; '
                f'{metric.better} is better).'
            )
    return said


def _length(run: Run, r: float | None, *keys: str) -> str:
    """Return √R with its interval in pixels."""
    if r is None:
        return 'an unknown distance, for some keypoints are no numbers,'
    ends = run.interval(*keys, 'r')
    return R.show_root(r) + ('' if ends is None else ' [{:.1f}, {:.1f}]'.format(*np.sqrt(ends)))


def _harm(run: Run, cells: Sequence[Mapping[str, Any]], *keys: str) -> str:
    """Return the share of lost persons, for models that can lose some, and √R."""
    r = mean_of(R, cells)
    if not run.finds_persons:
        return _length(run, r, *keys)
    lost = f'{LOST.show(mean_of(LOST, cells))} lost'
    return lost if r is None else f'{lost}, {_length(run, r, *keys)}'


def _where(run: Run) -> list[str]:
    kinds = kinds_worst_first([run], deciding_of([run]))
    worst = [f'{kind} ({_harm(run, run.cells_of(kind), "kinds", kind)})' for kind in kinds[:3]]
    said = [f'Worst: {", ".join(worst).replace("_", " ")}.']
    if len(kinds) > 3:
        least = _harm(run, run.cells_of(kinds[-1]))
        said.append(f'Least: {kinds[-1].replace("_", " ")} ({least}).')
    first, last = run.severities[0], run.severities[-1]
    if first != last:
        at = {
            severity: [cell for cell in run.content['cells'] if cell['severity'] == severity]
            for severity in (first, last)
        }
        said.append(
            f'Severity {first}: {_harm(run, at[first])}. Severity {last}: {_harm(run, at[last])}.'
        )
    return said


def _what_to_do(run: Run, jumps: float | None) -> list[str]:
    accuracy = AUC_BOX.read(run.content['clean'])
    if untrustworthy([run]) or (accuracy is not None and accuracy < LEAST_ACCURACY):
        return [
            'Train it first, or check its labels. It does not find the keypoints yet, so its '
            f'movement means little: {AUC_BOX.title} is {AUC_BOX.show(accuracy)} on clean pictures.'
        ]
    if jumps is not None and jumps < FEW_JUMPS:
        said = f'Nothing for these perturbations: fewer than {FEW_JUMPS:.0%} of the keypoints jump.'
    elif run.finds_persons:
        said = (
            'Train it with `RandomPerturbation` in its pipeline, and let `compare` say how sure a '
            'gain is.'
        )
    elif kinds_worst_first([run])[0].startswith('box_'):
        said = (
            'The crop shakes it most. Smooth the boxes of the detector over time, or train with '
            'stronger `RandomBBoxTransform`.'
        )
    else:
        said = (
            'Run `mmpose-stable stabilize`: it needs no labels, and shows before and after. Let '
            '`compare` say how sure a gain is.'
        )
    video = 'If keypoints shake on video, measure that with `jitter`.'
    return [said] if run.finds_persons else [said, video]
