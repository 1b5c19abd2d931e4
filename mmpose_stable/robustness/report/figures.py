"""Figures of one result or of several: bars, curves and heat tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mmpose_stable.robustness.measures import Measure, R
from mmpose_stable.robustness.report import style
from mmpose_stable.robustness.report.runs import Run, kinds_worst_first

# At 420 px a figure of this width in inches is still read without a glass.
_NARROW = 5.2
_LONGEST_NAME = 40


def bars_by_kind(runs: Sequence[Run], measure: Measure = R) -> Figure:
    """Draw a measure, or its root if it is a square, for each kind, the worst first, and the mean.

    Shares are drawn in percent. Lines at the ends of bars of R are 95 % intervals over persons.
    """
    kinds = kinds_worst_first(runs, measure)
    rows = [*kinds, 'mean']
    thickness = 0.8 / len(runs)
    height = 0.9 + len(rows) * max(0.25, 0.17 * len(runs)) + 0.22 * len(runs) * (len(runs) > 1)
    figure = style.new_figure(_NARROW, height)
    axes = figure.add_subplot()
    # The mean stands apart from the kinds it is made of.
    places = np.arange(len(rows)) + np.array([0.0] * len(kinds) + [0.4])
    in_px, root = measure.unit == 'px²', math.sqrt if measure.unit else float
    for at, run in enumerate(runs):
        values = [*(run.mean(measure, kind=kind) for kind in kinds), run.mean(measure)]
        # A bar without a length still carries its label, a dash.
        lengths = np.array([(1 if in_px else 100) * root(value or 0.0) for value in values])
        ends = [*(run.interval('kinds', k, 'r') for k in kinds), run.interval('overall', 'r')]
        drawn = axes.barh(
            places + (at - (len(runs) - 1) / 2) * thickness,
            lengths,
            height=thickness * 0.92,
            label=style.shorten(run.name, _LONGEST_NAME),
            color=style.run_style(at)['color'],
            xerr=np.abs(np.sqrt(ends).T - lengths) if measure is R and None not in ends else None,
            error_kw={'elinewidth': 0.9, 'ecolor': '#333333'},
        )
        drawn.patches[-1].set(hatch='///', edgecolor='white', linewidth=0)
        labels = [' –' if v is None else f' {x:.1f}' for v, x in zip(values, lengths, strict=True)]
        axes.bar_label(drawn, labels, fontsize=9 if len(runs) < 3 else 7)
    axes.set_yticks(places, [style.readable(row) for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.12, y=0.01)
    axes.set_xlim(left=0)
    unit = 'input pixels' if in_px else 'percent of the box'
    said = f'√{measure.title}, how far keypoints move ({unit})'
    axes.set_xlabel((said if measure.unit else 'percent of the persons') + '\nshorter is better')
    style.tidy(axes, 'x')
    if len(runs) > 1:
        style.legend_above(figure, axes)
    return figure


def ruc_curves(runs: Sequence[Run], per_box: bool = False) -> Figure:
    """Draw the share of keypoints that moved at most P, over P above 0, averaged over kinds.

    One run gets a line a severity, several runs a line each, averaged over severities too.
    """
    if len(runs) == 1:
        severities = runs[0].severities
        lines = [
            (str(severity), runs[0], [severity], {'color': color})
            for severity, color in zip(severities, style.shades(len(severities)), strict=True)
        ]
    else:
        lines = [
            (style.shorten(run.name, _LONGEST_NAME), run, run.severities, style.run_style(at))
            for at, run in enumerate(runs)
        ]
    entry, key = ('ruc_box', 'max_box_distance') if per_box else ('ruc', 'max_distance')
    figure = style.new_figure(_NARROW, 3.6)
    axes = figure.add_subplot()
    for name, run, severities, look in lines:
        cells = [cell for cell in run.content['cells'] if cell['severity'] in severities]
        curve = np.array([cell[entry] for cell in cells], float).mean(0)
        largest = run.content['settings'][key] * (100 if per_box else 1)
        # The first threshold is 0: what did not move at all is no part of RUC.
        places = np.linspace(0, largest, len(curve))[1:]
        axes.plot(places, curve[1:], label=name, linewidth=1.7, **look)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    axes.margins(x=0)
    axes.set_xlabel(f'moved at most P ({"percent of the box" if per_box else "input pixels"})')
    axes.set_ylabel('share of keypoints, higher is better')
    style.tidy(axes)
    style.legend_above(figure, axes, '' if len(runs) > 1 else 'severity')
    return figure


def heat_table(runs: Sequence[Run], measure: Measure = R) -> Figure:
    """Draw a squared measure for each kind and severity as coloured, numbered tables, one a run.

    Colours follow the root, because squares spread over decades; light is the lower, better end.
    """
    kinds, severities = runs[0].kinds, runs[0].severities
    cells = [run.cells for run in runs]
    tables = np.array(
        [[[measure.read(c.get((k, s), {})) for s in severities] for k in kinds] for c in cells],
        float,
    )
    roots = np.ma.masked_invalid(np.sqrt(tables))
    norm = Normalize()
    norm.autoscale(roots)
    columns = min(len(runs), 3)
    rows = -(-len(runs) // columns)
    width = columns * (0.62 * len(severities) + 0.3) + 1.6
    figure = style.new_figure(max(width, _NARROW), rows * (0.3 * len(kinds) + 0.75) + 0.3)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.flat[len(runs) :]:
        axes.set_visible(False)
    for axes, run, table, shade in zip(grid.flat, runs, tables, roots, strict=False):
        image = axes.imshow(shade, cmap=f'{style.SEQUENTIAL}_r', norm=norm, aspect='auto')
        for (row, column), value in np.ndenumerate(table):
            dark = np.dot(image.to_rgba(shade)[row, column, :3], (0.299, 0.587, 0.114)) < 0.5
            form = {'ha': 'center', 'va': 'center', 'fontsize': 7.5}
            ink = 'white' if dark and np.isfinite(value) else 'black'
            axes.text(column, row, measure.show(value), color=ink, **form)
        axes.set_xticks(range(len(severities)), severities)
        axes.set_yticks(range(len(kinds)), [style.readable(kind) for kind in kinds])
        axes.tick_params(length=0, labelsize=9)
        axes.spines[:].set_visible(False)
        axes.set_xlabel('severity')
        if len(runs) > 1:
            axes.set_title(style.shorten(run.name), fontsize=9)
    return figure
