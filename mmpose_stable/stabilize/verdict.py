"""The result of stabilising a model, in five lines."""

from __future__ import annotations

from mmpose_stable.stabilize.evaluation import Change, Evaluation

# On clean pictures; below it the model is another one, whatever its movement is.
LEAST_AGREEMENT = 0.85
_ADVICE = (
    'Lower the learning rate (--cfg-options optim_wrapper.optimizer.lr=1e-4), train shorter '
    '(--updates), or give pictures that are more like those the model is for (--images)'
)


def warnings_of(found: Evaluation) -> list[str]:
    """Return what speaks against the new checkpoint, the worst first; empty if nothing does."""
    said = []
    if found.agreement < LEAST_AGREEMENT:
        said.append(
            f'Do not use this checkpoint: on clean pictures it agrees with the one before by only '
            f'{found.agreement:.3f}, less than {LEAST_AGREEMENT}. {_ADVICE}.'
        )
    if found.clean.interval and found.clean.interval[1] < 0:
        said.append(
            f'It is less accurate on clean pictures: {_signed(found.clean, "{:+.3f}")}. {_ADVICE}.'
        )
    if found.movement.share is not None and found.movement.share >= 0:
        said.append(
            'Keypoints do not move less. Train longer (--updates), or with the labels (--labels).'
        )
    if found.jitter is not None and found.jitter.share > 0:
        said.append(f'Keypoints shake more on the video ({found.jitter.share:+.0%}). {_ADVICE}.')
    return said


def verdict_lines(found: Evaluation, cost: str, checkpoint: str) -> list[str]:
    """Return five lines: movement, accuracy, jitter, cost, where the checkpoint is."""
    return [
        f'Movement: {_movement(found)}',
        f'Accuracy: {_accuracy(found)}',
        f'Jitter: {_jitter(found)}',
        f'Cost: {cost}',
        f'Checkpoint: {checkpoint}',
    ]


def _movement(found: Evaluation) -> str:
    change = found.movement
    if change.before is None:
        return f'not known, some predictions are no numbers, on {found.words}.'
    said = f'R {change.before:.2f} px² before, {change.after:.2f} after'
    if change.share is not None:
        ends = change.share_interval
        sure = f', 95 % interval {ends[0]:+.0%} to {ends[1]:+.0%}' if ends else ''
        said += f' ({change.share:+.0%}{sure})'
    if found.without:
        less = change.after / found.without - 1
        said += f'; {less:+.0%} beside the same training without it ({found.without:.2f})'
    return f'{said}, on {found.words}.'


def _accuracy(found: Evaluation) -> str:
    agreed = (
        f'on clean pictures the keypoints agree with those before by {found.agreement:.3f} of 1'
    )
    if found.clean.before is None:
        return f'not known, there are no labels to test with; {agreed}.'
    parts = [
        f'{name} AUC {change.before:.3f} before, {change.after:.3f} after '
        f'({_signed(change, "{:+.3f}")})'
        for name, change in (('clean', found.clean), ('perturbed', found.perturbed))
    ]
    return f'{"; ".join(parts)}; {agreed}.'


def _jitter(found: Evaluation) -> str:
    if found.jitter is None:
        return 'not measured; give a video with --images.'
    said = _percent(found.jitter)
    if found.smooth is not None:
        said += f'; with a one-euro filter {_percent(found.smooth)}'
    return f'{said}, % of body size per frame².'


def _percent(change: Change) -> str:
    return f'{100 * change.before:.3f} before, {100 * change.after:.3f} after ({change.share:+.0%})'


def _signed(change: Change, form: str) -> str:
    said = form.format(change.after - change.before)
    if change.interval is None:
        return said
    low, high = (form.format(end) for end in change.interval)
    return f'{said}, 95 % interval {low} to {high}'
