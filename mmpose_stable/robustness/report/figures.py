"""Figures of one result or of several: bars, curves and heat tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure

from mmpose_stable.robustness.measures import Measure, mean_of
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.report.style import (
    PALETTE,
    SEQUENTIAL,
    bar_style,
    legend_above,
    new_figure,
    readable,
    run_style,
    shades,
    shorten,
    tidy,
)

_PANELS_A_ROW = 5


def bars_by_kind(runs: Sequence[Run], measure: Measure) -> Figure:
    """Draw a measure for each kind, averaged over severities, and its mean over all cells.

    Args:
        runs: At least one, with equal cells.
        measure: What to draw, as R (Figure 6 of the stable heatmap regression paper).
    """
    kinds = runs[0].kinds
    rows = [*kinds, 'mean']
    thickness = 0.8 / len(runs)
    height = 1.1 + len(rows) * max(0.32, 0.17 * len(runs)) + 0.3 * (len(runs) > 1)
    figure = new_figure(7.2, height)
    axes = figure.add_subplot()
    # The mean stands apart from the kinds it is made of.
    places = np.arange(len(rows)) + np.array([0.0] * len(kinds) + [0.4])
    for at, run in enumerate(runs):
        values = [mean_of(measure, run.cells_of(kind)) for kind in kinds]
        values.append(mean_of(measure, run.content['cells']))
        # A bar without a length still carries its label, a dash.
        lengths = [0.0 if value is None else value for value in values]
        offset = (at - (len(runs) - 1) / 2) * thickness
        drawn = axes.barh(
            places + offset,
            lengths,
            height=thickness * 0.92,
            label=shorten(run.name, 48),
            linewidth=0.8,
            **bar_style(at),
        )
        hatch = 'white' if at < len(PALETTE) else bar_style(at)['edgecolor']
        drawn.patches[-1].set(hatch='///', edgecolor=hatch)
        axes.bar_label(
            drawn,
            [f' {measure.show(value)}' for value in values],
            fontsize=8 if len(runs) < 4 else 7,
            color='black',
        )
    axes.set_yticks(places, [readable(row) for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.14, y=0.01)
    axes.set_xlim(left=0)
    axes.set_xlabel(f'{measure.axis}\nmean over severities {_joined(runs[0].severities)}')
    axes.grid(axis='x', color='#dddddd', linewidth=0.7)
    tidy(axes)
    if len(runs) > 1:
        legend_above(figure, axes, [shorten(run.name, 48) for run in runs])
    return figure


def ruc_curves(runs: Sequence[Run], per_box: bool = False) -> Figure:
    """Draw the share of keypoints that moved at most P, over P above 0, averaged over kinds.

    One run gets a line a severity, several runs a line each, averaged over severities too.

    Args:
        runs: At least one, with equal cells.
        per_box: Whether P is a share of the person's box instead of input pixels.
    """
    figure = new_figure(7.2, 4.4)
    axes = figure.add_subplot()
    _draw_curves(axes, runs, None, per_box)
    _label_curves(axes, per_box)
    names = _curve_names(runs)
    legend_above(figure, axes, names, '' if len(runs) > 1 else 'severity')
    return figure


def ruc_by_kind(runs: Sequence[Run], per_box: bool = False) -> Figure:
    """Draw :func:`ruc_curves` for each kind, in small panels."""
    kinds = runs[0].kinds
    columns = min(_PANELS_A_ROW, len(kinds))
    rows = -(-len(kinds) // columns)
    figure = new_figure(max(2.1 * columns + 0.4, 4.4), 1.9 * rows + 0.9)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(kinds) :]:
        axes.set_visible(False)
    for axes, kind in zip(grid.flat, kinds, strict=False):
        _draw_curves(axes, runs, kind, per_box)
        axes.set_title(readable(kind), fontsize=9)
        # A panel with none below it has to carry the ticks of its column itself.
        axes.tick_params(labelbottom=True)
    figure.supxlabel(_movement(per_box), fontsize=10)
    figure.supylabel('share of keypoints', fontsize=10)
    legend_above(figure, grid.flat[0], _curve_names(runs), '' if len(runs) > 1 else 'severity')
    return figure


def heat_table(runs: Sequence[Run], measure: Measure) -> Figure:
    """Draw a measure for each kind and severity as coloured, numbered tables, one a run.

    Args:
        runs: At least one, with equal cells.
        measure: What to draw.
    """
    kinds, severities = runs[0].kinds, runs[0].severities
    tables = [_table(run, measure) for run in runs]
    norm = _norm(np.stack(tables), measure)
    columns = min(len(runs), 3)
    rows = -(-len(runs) // columns)
    width = 0.62 * len(severities)
    figure = new_figure(
        max(columns * (width + 0.3) + 2.6, 5.0),
        max(rows * (0.3 * len(kinds) + 0.75) + 0.3, 2.6),  # the label of the bar needs room
    )
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.flat[len(runs) :]:
        axes.set_visible(False)
    # Light is the better end, whichever that is.
    colours = f'{SEQUENTIAL}_r' if measure.better == 'lower' else SEQUENTIAL
    image = None
    for axes, run, table in zip(grid.flat, runs, tables, strict=False):
        image = axes.imshow(table, cmap=colours, norm=norm, aspect='auto')
        _number(axes, table, measure, image)
        axes.set_xticks(range(len(severities)), severities)
        axes.set_yticks(range(len(kinds)), [readable(kind) for kind in kinds])
        axes.tick_params(length=0, labelsize=9)
        axes.spines[:].set_visible(False)
        axes.set_xlabel('severity')
        if len(runs) > 1:
            axes.set_title(shorten(run.name), fontsize=9)
    bar = figure.colorbar(image, ax=grid, pad=0.02, aspect=30)
    bar.set_label(measure.axis, fontsize=9)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)
    return figure


def _draw_curves(axes: Axes, runs: Sequence[Run], kind: str | None, per_box: bool) -> None:
    if len(runs) == 1:
        run = runs[0]
        lines = [
            (str(severity), [severity], run, {'color': color})
            for severity, color in zip(run.severities, shades(len(run.severities)), strict=True)
        ]
    else:
        lines = [
            (shorten(run.name, 48), run.severities, run, run_style(at))
            for at, run in enumerate(runs)
        ]
    for name, severities, run, style in lines:
        curve = _mean_curve(run, kind, severities, per_box)
        limit = run.content['settings']['max_box_distance' if per_box else 'max_distance']
        scale = 100 if per_box else 1
        # The first threshold is 0: what did not move at all is no part of RUC.
        places = np.linspace(0, scale * limit, len(curve))[1:]
        axes.plot(places, curve[1:], label=name, linewidth=1.7, **style)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    axes.margins(x=0)
    axes.grid(color='#e2e2e2', linewidth=0.7)
    tidy(axes)


def _mean_curve(run: Run, kind: str | None, severities: Sequence[int], per_box: bool) -> np.ndarray:
    entry = 'ruc_box' if per_box else 'ruc'
    curves = [
        [math.nan if value is None else value for value in cell[entry]]
        for cell in run.content['cells']
        if cell['severity'] in severities and kind in (None, cell['kind'])
    ]
    # A run need not have every severity of every kind once it was cut to the common cells.
    if not curves:
        return np.full(len(run.content['cells'][0][entry]), math.nan)
    return np.asarray(curves).mean(0)


def _curve_names(runs: Sequence[Run]) -> list[str]:
    if len(runs) == 1:
        return [str(severity) for severity in runs[0].severities]
    return [shorten(run.name, 48) for run in runs]


def _label_curves(axes: Axes, per_box: bool) -> None:
    axes.set_xlabel(_movement(per_box))
    axes.set_ylabel('share of keypoints, higher is better')


def _movement(per_box: bool) -> str:
    unit = 'percent of the box' if per_box else 'input pixels'
    return f'moved at most P ({unit})'


def _table(run: Run, measure: Measure) -> np.ndarray:
    values = {(cell.kind, cell.severity): measure.read(row) for cell, row in run.cells.items()}
    return np.array(
        [
            [_or_nan(values.get((kind, severity))) for severity in run.severities]
            for kind in run.kinds
        ]
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _norm(values: np.ndarray, measure: Measure) -> Normalize:
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if measure.unit.endswith('²'):
        # Squares spread over decades; their root is the root mean square movement.
        return PowerNorm(0.5, vmin=0, vmax=high if high > 0 else 1)
    return Normalize(low, high if high > low else low + 1)


def _number(axes: Axes, table: np.ndarray, measure: Measure, image: object) -> None:
    for (row, column), value in np.ndenumerate(table):
        known = not math.isnan(value)
        shade = image.cmap(image.norm(value))[:3] if known else (1.0, 1.0, 1.0)
        dark = np.dot(shade, (0.299, 0.587, 0.114)) < 0.5
        axes.text(
            column,
            row,
            _short(value) if known else measure.show(None),
            ha='center',
            va='center',
            fontsize=7.5,
            color='white' if dark else 'black',
        )


def _short(value: float) -> str:
    """Return three digits, as a cell of a table has room for."""
    size = abs(value)
    if size >= 1e5 or 0 < size < 1e-3:
        return f'{value:.0e}'
    return (
        f'{value:.3f}'
        if size < 1
        else f'{value:#.3g}'.rstrip('.')
        if size < 1e3
        else f'{value:.0f}'
    )


def _joined(severities: Sequence[int]) -> str:
    return ', '.join(str(severity) for severity in severities)
