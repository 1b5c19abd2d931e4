"""Jitter over time and by keypoint, one colour a model, smoothed copies dashed or pale."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpose_stable.robustness.jitter.comparison import JitterComparison
from mmpose_stable.robustness.report.style import (
    legend_above,
    new_figure,
    run_style,
    shorten,
    tidy,
)

_LABEL = 'acceleration (% of body size per frame²)'


def draw_jitter(comparison: JitterComparison, fps: float, size_words: str) -> Figure:
    """Draw the mean over keypoints at each time above, and the mean over time of each keypoint."""
    count = len(comparison.keypoint_names)
    entries = len(comparison.names)
    bars = max(2.4, 0.5 + count * max(0.2, 0.1 * entries))
    figure = new_figure(5.6, 3.2 + bars)
    over_time, by_keypoint = figure.subplots(2, 1, height_ratios=[2.4, bars])
    _draw_over_time(over_time, comparison, fps)
    _draw_by_keypoint(by_keypoint, comparison)
    by_keypoint.set_xlabel(f'{_LABEL}, mean over frames, lower is better\nbody size: {size_words}')
    labels = [
        f'{shorten(name, 48)} (mean {100 * mean:.2f} %)'
        for name, mean in zip(comparison.names, comparison.mean, strict=True)
    ]
    legend_above(figure, over_time, labels)
    return figure


def _draw_over_time(axes: Axes, comparison: JitterComparison, fps: float) -> None:
    frames = comparison.jitter.shape[1]
    for at, (name, mean, values) in enumerate(
        zip(comparison.names, comparison.mean, comparison.per_frame, strict=True)
    ):
        axes.plot(
            np.arange(frames) / fps,
            100 * values,
            label=f'{shorten(name, 48)} (mean {100 * mean:.2f} %)',
            linewidth=1.2,
            color=run_style(at % comparison.models)['color'],
            linestyle='-' if at < comparison.models else '--',
        )
    axes.set_xlim(0, (frames - 1) / fps)
    axes.set_ylim(bottom=0)
    axes.set_xlabel('time (s)')
    axes.set_ylabel(_LABEL.replace(' (', '\n('))
    tidy(axes)


def _draw_by_keypoint(axes: Axes, comparison: JitterComparison) -> None:
    entries = len(comparison.names)
    thickness = 0.8 / entries
    places = np.arange(len(comparison.keypoint_names))
    for at, values in enumerate(comparison.per_keypoint):
        axes.barh(
            places + (at - (entries - 1) / 2) * thickness,
            100 * values,
            height=thickness * 0.92,
            color=run_style(at % comparison.models)['color'],
            alpha=1.0 if at < comparison.models else 0.45,
        )
    axes.set_yticks(places, [name.replace('_', ' ') for name in comparison.keypoint_names])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.margins(y=0.01)
    tidy(axes)
