"""What stabilising a model did, in five lines."""

from collections.abc import Sequence
from typing import NamedTuple

from mmpose_stable.robustness.report.verdicts import Difference

# On clean pictures; below it the model is another one, whatever its movement is.
LEAST_AGREEMENT = 0.85
# Of AUC box on clean pictures, without a warning: most models lose a little, and the line on
# accuracy shows it.
LARGEST_LOSS = 0.01
_ADVICE = (
    'Keep more of the old model (--cfg-options model.teacher.clean_weight=8), train shorter '
    '(--updates), or give pictures that are more like those the model is for (--images).'
)


class Findings(NamedTuple):
    """What the tests before and after found."""

    words: str  # what they were tested on
    movement: Difference  # of R
    clean: Difference  # of AUC box
    perturbed: Difference  # of AUC box
    agreement: float  # of clean predictions with those before, 0..1
    # Mean acceleration on the video before and after, as predicted and then after a one-euro
    # filter, in body sizes per squared frame.
    jitter: Sequence[tuple[float, float]] = ()
    control: float | None = None  # R of the copy that was trained as long without views


def warnings_of(found: Findings) -> list[str]:
    """Return what speaks against the new checkpoint, the worst first; empty if nothing does."""
    before, after = found.movement.means
    clean_before, clean_after = found.clean.means
    worse = {
        'Do not use this checkpoint: on clean pictures it agrees with the one before by only '
        f'{found.agreement:.3f}. {_ADVICE}': found.agreement < LEAST_AGREEMENT,
        f'It is less accurate on clean pictures. {_ADVICE}': found.clean.verdict == 'lower'
        and clean_before - clean_after > LARGEST_LOSS,
        'Keypoints do not move less. Train longer (--updates), or at a higher rate '
        '(--cfg-options optim_wrapper.optimizer.lr=1e-3).': None not in (before, after)
        and after >= before,
        f'Keypoints shake more on the video. {_ADVICE}': any(b < a for b, a in found.jitter[:1]),
    }
    return [f'Warning: {text}' for text, holds in worse.items() if holds]


def verdict_lines(found: Findings, cost: str, checkpoint: str) -> list[str]:
    """Return five lines: movement, accuracy, jitter, cost, where the checkpoint is."""
    before, after = found.movement.means
    movement = f'R {_change(found.movement)}'
    if before and after is not None:
        movement += f', {_share(before, after)}'
    if found.control and after is not None:
        movement += f'; {_share(found.control, after)} beside the same training without it'
    jitter = 'not measured; give a video with --images.'
    if found.jitter:
        pairs = [f'{b:.3%} before, {a:.3%} after ({_share(b, a)})' for b, a in found.jitter]
        jitter = f'{"; with a one-euro filter ".join(pairs)}, of body size per frame².'
    return [
        f'Movement: {movement}, on {found.words}.',
        f'Accuracy: clean AUC {_change(found.clean)}; perturbed AUC {_change(found.perturbed)}; '
        f'on clean pictures the keypoints agree with those before by {found.agreement:.3f} of 1.',
        f'Jitter: {jitter}',
        f'Cost: {cost}',
        f'Checkpoint: {checkpoint}',
    ]


def _change(found: Difference) -> str:
    if None in found.means:
        return 'not known'
    before, after = map(found.measure.show, found.means)
    return f'{before} before, {after} after ({f"{found.shown} {found.range}".strip()})'


def _share(before: float, after: float) -> str:
    """Return the change as a share of what was before, unknown where that is 0."""
    return f'{after / before - 1:+.0%}'.replace('-', '−') if before else 'unknown'
