"""A picture of printed accuracy against measured cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from mmpose_stable.complexity.printed import PRINTED
from mmpose_stable.files import whole_file

AXES = {
    'gmacs': 'GMACs an image, counted here',
    'images_per_second_1': 'Images a second at batch 1, measured here',
}
OURS, THEIRS = '#0a6b8a', '#b5542c'


def draw_picture(rows: Sequence[dict[str, Any]], title: str, path: Path) -> int:
    """Draw the networks with a printed accuracy as a PNG; returns how many there are.

    Args:
        rows: Rows of the table, see :func:`~mmpose_stable.complexity.report.measure`.
        title: A line under which all measurements fall.
        path: File to write.
    """
    drawn = [row for row in rows if row['config'] in PRINTED]
    if not drawn:
        return 0
    axes = [key for key in AXES if all(key in row for row in drawn)]
    figure = Figure(figsize=(5.6 * len(axes), 5.2))
    panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
    for panel, key in zip(panels, axes, strict=True):
        for row in drawn:
            printed = PRINTED[row['config']]
            panel.scatter(
                row[key], printed.ap, color=OURS if row['ours'] else THEIRS, s=36, zorder=3
            )
            width, height = row['input_size']
            panel.annotate(
                f'{printed.name}, {height}×{width}',
                (row[key], printed.ap),
                xytext=(7, 0),
                textcoords='offset points',
                fontsize=7.5,
                va='center',
            )
        values = [row[key] for row in drawn]
        panel.set_xscale('log')
        panel.set_xlim(min(values) / 1.3, max(values) * 3.5)  # labels stand to the right
        panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_major_formatter('{x:g}')
        panel.xaxis.set_minor_formatter(NullFormatter())
        panel.set_xlabel(AXES[key])
        panel.grid(alpha=0.3)
        panel.margins(y=0.1)
    panels[0].set_ylabel('COCO val2017 AP, as printed by the authors')
    handles = [
        Line2D([], [], color=colour, marker='o', linestyle='', label=label)
        for colour, label in ((OURS, 'networks of this package'), (THEIRS, 'networks of MMPose'))
    ]
    figure.legend(handles=handles, loc='lower center', ncols=2, fontsize=8, frameon=False)
    figure.suptitle(f'Accuracy as printed by others, cost measured here. {title}', fontsize=9)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=120, format='png')
    return len(drawn)
