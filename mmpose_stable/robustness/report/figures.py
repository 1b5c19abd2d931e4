"""Figures of one result or of several: bars and curves."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from mmpose_stable.robustness.measures import Measure, R
from mmpose_stable.robustness.metrics import BOX_THRESHOLDS, THRESHOLDS
from mmpose_stable.robustness.report import style
from mmpose_stable.robustness.report.runs import Run, kinds_worst_first

# At 420 px a figure of this width in inches is still read without a glass.
_WIDTH = 5.2
_LONGEST_NAME = 40


def bars_by_kind(runs: Sequence[Run], measure: Measure = R) -> Figure:
    """Draw √R, or √R box in percent, of each kind, the worst first, and of all kinds together.

    Lines at the ends of bars of R are 95 % intervals over persons.
    """
    kinds = kinds_worst_first(runs, measure)
    count, scale = len(runs), 1 if measure is R else 100
    height = 0.9 + (len(kinds) + 1) * max(0.25, 0.17 * count) + 0.22 * count * (count > 1)
    figure = style.new_figure(_WIDTH, height)
    axes = figure.add_subplot()
    # The mean stands apart from the kinds it is made of.
    places = np.append(np.arange(len(kinds)), len(kinds) + 0.4)
    thickness = 0.8 / count
    for at, run in enumerate(runs):
        means = [*(run.mean(measure, kind=kind) for kind in kinds), run.mean(measure)]
        # A bar without a length still carries its label, a dash.
        lengths = scale * np.sqrt([mean or 0.0 for mean in means])
        ends = [*(run.interval('kinds', kind, 'r') for kind in kinds), run.interval('overall', 'r')]
        drawn = axes.barh(
            places + (at - (count - 1) / 2) * thickness,
            lengths,
            height=thickness * 0.92,
            label=style.shorten(run.name, _LONGEST_NAME),
            color=style.run_style(at)['color'],
            xerr=np.abs(np.sqrt(ends).T - lengths) if measure is R and None not in ends else None,
            error_kw={'elinewidth': 0.9, 'ecolor': '#333333'},
        )
        drawn.patches[-1].set(hatch='///', edgecolor='white', linewidth=0)
        labels = [' –' if m is None else f' {x:.1f}' for m, x in zip(means, lengths, strict=True)]
        axes.bar_label(drawn, labels, fontsize=9 if count < 3 else 7)
    axes.set_yticks(places, [style.readable(row) for row in [*kinds, 'mean']])
    axes.invert_yaxis()
    axes.margins(x=0.12, y=0.01)
    axes.set_xlim(left=0)
    unit = 'input pixels' if measure is R else 'percent of the box'
    axes.set_xlabel(f'√{measure.title}, how far keypoints move ({unit})\nshorter is better')
    style.tidy(axes, 'x')
    if count > 1:
        style.legend_above(figure, axes)
    return figure


def ruc_curves(runs: Sequence[Run], per_box: bool = False) -> Figure:
    """Draw the share of keypoints that moved at most P, over P above 0, averaged over kinds.

    One run gets a line a severity, several runs a line each, averaged over severities too.
    """
    if len(runs) == 1:
        severities = runs[0].severities
        shades = matplotlib.colormaps[style.SEQUENTIAL](np.linspace(0.85, 0.0, len(severities)))
        lines = [
            (f'severity {severity}', runs[0], [severity], {'color': shade})
            for severity, shade in zip(severities, shades, strict=True)
        ]
    else:
        lines = [
            (style.shorten(run.name, _LONGEST_NAME), run, run.severities, style.run_style(at))
            for at, run in enumerate(runs)
        ]
    entry, places = ('ruc_box', 100 * BOX_THRESHOLDS) if per_box else ('ruc', THRESHOLDS)
    figure = style.new_figure(_WIDTH, 3.6)
    axes = figure.add_subplot()
    for name, run, severities, look in lines:
        cells = [cell for cell in run.content['cells'] if cell['severity'] in severities]
        curve = np.array([cell[entry] for cell in cells], float).mean(0)
        # The first threshold is 0: what did not move at all is no part of RUC.
        axes.plot(places[1:], curve[1:], label=name, linewidth=1.7, **look)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    axes.margins(x=0)
    axes.set_xlabel(f'moved at most P ({"percent of the box" if per_box else "input pixels"})')
    axes.set_ylabel('share of keypoints, higher is better')
    style.tidy(axes)
    style.legend_above(figure, axes)
    return figure
