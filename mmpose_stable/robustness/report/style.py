"""Colours, sizes and writing of figures, the same for every one of them."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpose_stable.files import whole_file

# M. Okabe and K. Ito's palette, told apart with every common colour blindness.
PALETTE = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000')
LINES = ('-', '--', '-.', ':')
SEQUENTIAL = 'cividis'


def run_style(at: int) -> dict[str, str]:
    """Return colour and line style of the run at a position; 28 before the first repeats."""
    turn, color = divmod(at, len(PALETTE))
    return {'color': PALETTE[color], 'linestyle': LINES[turn % len(LINES)]}


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, with its layout kept tidy."""
    return Figure(figsize=(width, height), layout='constrained', facecolor='white')


def tidy(axes: Axes, grid: str = 'both') -> None:
    """Take away what carries no information, and draw a pale grid."""
    axes.spines[['top', 'right']].set_visible(False)
    axes.tick_params(colors='#5a5a5a', labelcolor='black', labelsize=9)
    axes.grid(axis=grid, color='#e2e2e2', linewidth=0.7)
    axes.set_axisbelow(True)


def shorten(text: str, length: int = 28) -> str:
    """Cut the middle out of a text that is too long for a figure."""
    half = (length - 1) // 2
    return text if len(text) <= length else f'{text[:half]}…{text[-half:]}'


def readable(kind: str) -> str:
    """Return the name of a kind as it is written in figures."""
    return kind.replace('_', ' ')


def legend_above(figure: Figure, axes: Axes) -> None:
    """Put one legend above all axes, in as few rows as fit."""
    handles, labels = axes.get_legend_handles_labels()
    columns = max(1, int(figure.get_figwidth() * 13 / (max(map(len, labels)) + 6)))
    figure.legend(
        handles, labels, loc='outside upper center', ncols=columns, frameon=False, fontsize=9
    )


def write_png(path: Path, figure: Figure) -> bytes:
    """Write a figure whole, and return its bytes; equal figures give equal bytes."""
    with whole_file(path) as temporary:
        figure.savefig(temporary, format='png', dpi=120, metadata={'Software': None})
        return temporary.read_bytes()
