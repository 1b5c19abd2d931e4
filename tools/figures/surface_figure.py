"""Loss surfaces as three-dimensional pictures: a row a test picture, a column a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmpose_stable.robustness.report.style import PALETTE, SEQUENTIAL, new_figure, shorten

_SIDE = 3.5  # inches
_CLEAN, _PERTURBED = (
    {'label': label, 'marker': marker, 'color': colour, 'markeredgecolor': 'black', 'markersize': 7}
    for label, marker, colour in (
        ('clean picture', 'o', PALETTE[5]),
        ('perturbed picture', '^', PALETTE[4]),
    )
)


def draw_surfaces(
    grids: np.ndarray,
    axis: np.ndarray,
    reached: np.ndarray,
    models: Sequence[str],
    samples: Sequence[str],
    kind: str,
    quantity: str = 'loss',
) -> Figure:
    """Draw surfaces that share one vertical scale and one colour scale.

    Args:
        grids: (P, M, Y, X) values of P pictures and M models.
        axis: (X,) = (Y,) positions on both axes, in grey levels.
        reached: (P, M) where on the x-axis the perturbed picture lies, in grey levels.
        models: M names.
        samples: P titles.
        kind: What the perturbation is.
        quantity: What the values are.
    """
    rows, columns = grids.shape[:2]
    figure = new_figure(columns * _SIDE + 0.9, rows * (_SIDE - 0.2) + 0.5)
    panels = figure.subplots(rows, columns, squeeze=False, subplot_kw={'projection': '3d'})
    low, high = float(np.nanmin(grids)), float(np.nanmax(grids))
    norm = Normalize(low, high if high > low else low + 1)
    x, y = np.meshgrid(axis, axis)
    surface = None
    for row, (line, values, places) in enumerate(zip(panels, grids, reached, strict=True)):
        for column, axes in enumerate(line):
            surface = axes.plot_surface(
                x,
                y,
                values[column],
                cmap=SEQUENTIAL,
                norm=norm,
                rcount=len(axis),
                ccount=len(axis),
                linewidth=0.2,
                edgecolor=(0, 0, 0, 0.35),
                antialiased=True,
            )
            _mark(axes, axis, values[column], places[column])
            axes.set_zlim(norm.vmin, norm.vmax)
            axes.view_init(elev=34, azim=-125)
            axes.set_box_aspect((1, 1, 0.75), zoom=0.92)
            axes.tick_params(labelsize=7, pad=-2)
            axes.tick_params(axis='z', pad=3)
            axes.locator_params(nbins=5)
            axes.set_xlabel(kind, fontsize=8, labelpad=-5)
            axes.set_ylabel('random signs', fontsize=8, labelpad=-5)
            title = shorten(models[column]) if row == 0 else ''
            axes.set_title(f'{title}\n{samples[row]}'.strip(), fontsize=9, pad=0)
    bar = figure.colorbar(surface, ax=panels, pad=0.02, aspect=30, shrink=0.8)
    bar.set_label(quantity, fontsize=9)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)
    figure.legend(
        handles=[Line2D([], [], linestyle='', **style) for style in (_CLEAN, _PERTURBED)],
        title='horizontal axes: root mean square\nchange of a pixel in grey levels (0 to 255)',
        loc='outside lower center',
        ncols=2,
        frameon=False,
        fontsize=9,
        title_fontsize=9,
    )
    return figure


def _mark(axes: object, axis: np.ndarray, values: np.ndarray, reached: float) -> None:
    """Mark the clean picture and, where the axis reaches it, the perturbed one."""
    middle = values[len(axis) // 2]
    for place, style in ((0.0, _CLEAN), (reached, _PERTURBED)):
        if axis[0] <= place <= axis[-1]:
            axes.plot(
                [place],
                [0.0],
                [np.interp(place, axis, middle)],
                zorder=10,
                **style,
            )
