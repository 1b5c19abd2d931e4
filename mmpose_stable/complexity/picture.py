"""A picture of printed accuracy against measured cost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

from mmpose_stable.complexity.printed import PRINTED

AXES = {
    'gmacs': 'GMACs an image, counted here',
    'megaparams': 'Parameters in millions, counted here',
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
    matplotlib.use('Agg')
    from matplotlib import pyplot

    drawn = [row for row in rows if row['config'] in PRINTED]
    if not drawn:
        return 0
    axes = [key for key in AXES if all(key in row for row in drawn)]
    figure, panels = pyplot.subplots(1, len(axes), figsize=(5.2 * len(axes), 4.6), sharey=True)
    for panel, key in zip(panels, axes, strict=True):
        for row in drawn:
            printed = PRINTED[row['config']]
            colour = OURS if row['ours'] else THEIRS
            panel.scatter(row[key], printed.ap, color=colour, s=36, zorder=3)
            width, height = row['input_size']
            panel.annotate(
                f'{printed.name}\n{height}×{width}',
                (row[key], printed.ap),
                xytext=(6, 0),
                textcoords='offset points',
                fontsize=7.5,
                va='center',
            )
        panel.set_xscale('log')
        panel.set_xlabel(AXES[key])
        panel.grid(alpha=0.3, which='both')
        panel.margins(x=0.25, y=0.1)
    panels[0].set_ylabel('COCO val2017 AP, as printed by the authors')
    for colour, label in ((OURS, 'networks of this package'), (THEIRS, 'networks of MMPose')):
        panels[0].scatter([], [], color=colour, label=label)
    panels[0].legend(loc='lower right', fontsize=8)
    figure.suptitle(f'Accuracy printed in the papers, cost measured here. {title}', fontsize=9)
    figure.tight_layout()
    temporary = path.with_name(f'.{path.name}.part')
    figure.savefig(temporary, dpi=120, format='png')
    pyplot.close(figure)
    os.replace(temporary, path)
    return len(drawn)
