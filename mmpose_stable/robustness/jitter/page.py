"""The page of a jitter measurement, of the same parts as that of a robustness run."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmpose_stable.robustness.jitter.comparison import JitterComparison
from mmpose_stable.robustness.report.page import (
    Answer,
    Entry,
    PageFigure,
    Section,
    Table,
    render_page,
)

# Shown as keypoints that shake most.
_WORST = 3


def render_jitter(comparison: JitterComparison, png: bytes, clip: str, video_file: str) -> str:
    """Return the page as HTML."""
    names = comparison.names[: comparison.models]
    figure = PageFigure(
        'Jitter over time, and of each keypoint',
        'Acceleration as a share of the body. Smoothed copies are dashed or pale.',
        png,
    )
    asked = 'How much does it shake?' if len(names) == 1 else 'Which one shakes least?'
    return render_page(
        f'How much {" and ".join(names)} shake{"s" if len(names) == 1 else ""} on {clip}',
        f'{comparison.keypoints.shape[1]} frames, {len(comparison.keypoint_names)} keypoints.',
        [],
        [
            Answer(asked, _how_much(comparison)),
            Answer('Where does it shake?', _where(comparison)),
            Answer('What should I do?', _what_to_do(comparison, video_file)),
        ],
        figure,
        [_table(comparison)],
        [Section('Every keypoint', tables=[_keypoints(comparison)])],
    )


def _how_much(comparison: JitterComparison) -> list[str]:
    means = comparison.mean[: comparison.models]
    order = np.argsort(means)
    shown = ', '.join(f'{comparison.names[at]} {_percent(means[at])}' for at in order)
    said = [f'Mean acceleration of the keypoints: {shown} of the body per frame².']
    if len(means) > 1:
        said = [
            f'{comparison.names[order[0]]}.',
            *said,
            'The true motion is the same for all, so the difference is the shaking of the models. '
            'This is one clip; another person may turn small differences round.',
        ]
    return said


def _where(comparison: JitterComparison) -> list[str]:
    said = []
    for at in range(comparison.models):
        values = comparison.per_keypoint[at]
        worst = [i for i in np.argsort(-values) if np.isfinite(values[i])][:_WORST]
        shown = ', '.join(
            f'{comparison.keypoint_names[i].replace("_", " ")} ({_percent(values[i])})'
            for i in worst
        )
        said.append(f'{comparison.names[at]}: {shown}.')
    return said


def _what_to_do(comparison: JitterComparison, video_file: str) -> list[str]:
    said = [f'Look at `{video_file}` beside this page: it shows all models with their skeletons.']
    for at in range(comparison.models, len(comparison.names)):
        before = comparison.mean[at - comparison.models]
        said.append(
            f'{comparison.names[at]} takes {1 - comparison.mean[at] / before:.0%} of the jitter '
            f'away and moves keypoints by {_percent(comparison.moved_by_smoothing[at])} of the '
            'body, lag included.'
        )
    if comparison.models == len(comparison.names):
        said.append('Try a filter with `--smooth one-euro`: it says what smoothing costs.')
    said.append(
        'Train the model again with `--method augment`, and measure both on a clip like this one.'
    )
    return said


def _table(comparison: JitterComparison) -> Table:
    rows = [
        [name, *map(_percent, numbers)]
        for name, *numbers in zip(
            comparison.names,
            comparison.mean,
            comparison.worst,
            np.where(comparison.moved_by_smoothing > 0, comparison.moved_by_smoothing, np.nan),
            strict=True,
        )
    ]
    head = ['Model', 'mean', '95th percentile', 'moved by smoothing']
    return Table(head, rows, 'Percent of the body, per frame² but for the last column.')


def _keypoints(comparison: JitterComparison) -> Table:
    rows: list[list[Entry | str]] = [
        [name.replace('_', ' '), *(Entry(_percent(value), value=str(value)) for value in values)]
        for name, values in zip(
            comparison.keypoint_names, comparison.per_keypoint.T.tolist(), strict=True
        )
    ]
    return Table(['Keypoint', *comparison.names], rows, sortable=True)


def _percent(value: Any) -> str:
    return f'{100 * value:.2f}\u00a0%' if np.isfinite(value) else '–'
