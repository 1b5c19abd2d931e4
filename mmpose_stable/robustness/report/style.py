"""Colours, sizes and writing of figures, the same for every one of them."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpose_stable.files import whole_file

# M. Okabe and K. Ito's palette, told apart with every common colour blindness.
PALETTE = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000')
LINES = ('-', '--', '-.', ':')
GREY = '#5a5a5a'
SEQUENTIAL = 'cividis'
DPI = 120


def run_style(at: int) -> dict[str, str]:
    """Return colour and line style of the run at a position; 28 before the first repeats."""
    turn = at // len(PALETTE)
    return {'color': PALETTE[at % len(PALETTE)], 'linestyle': LINES[turn % len(LINES)]}


def shades(count: int) -> list[tuple[float, ...]]:
    """Return colours from light to dark of an ordered quantity such as the severity."""
    values = np.linspace(0.85, 0.0, max(count, 2))[:count]
    return [matplotlib.colormaps[SEQUENTIAL](value) for value in values]


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, with its layout kept tidy."""
    return Figure(figsize=(width, height), layout='constrained', facecolor='white')


def tidy(axes: Axes, grid: str = 'both') -> None:
    """Take away what carries no information, and draw a pale grid."""
    axes.spines[['top', 'right']].set_visible(False)
    axes.tick_params(colors=GREY, labelcolor='black', labelsize=9)
    axes.grid(axis=grid, color='#e2e2e2', linewidth=0.7)
    axes.set_axisbelow(True)


def shorten(text: str, length: int = 28) -> str:
    """Cut the middle out of a text that is too long for a figure."""
    half = (length - 1) // 2
    return text if len(text) <= length else f'{text[:half]}…{text[-half:]}'


def readable(kind: str) -> str:
    """Return the name of a kind as it is written in figures."""
    return kind.replace('_', ' ')


def legend_above(figure: Figure, axes: Axes, title: str = '') -> None:
    """Put one legend above all axes, in as few rows as fit."""
    handles, labels = axes.get_legend_handles_labels()
    longest = max(len(label) for label in labels)
    columns = max(1, min(len(labels), int(figure.get_figwidth() * 13 / (longest + 6))))
    figure.legend(
        handles,
        labels,
        title=title or None,
        loc='outside upper center',
        ncols=columns,
        frameon=False,
        fontsize=9,
        title_fontsize=9,
    )


def write_png(path: Path, figure: Figure) -> bytes:
    """Write a figure whole, and return its bytes; equal figures give equal bytes."""
    with whole_file(path) as temporary:
        figure.savefig(temporary, format='png', dpi=DPI, metadata={'Software': None})
        return temporary.read_bytes()
