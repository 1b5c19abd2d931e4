"""Several runs side by side as text."""

from __future__ import annotations

from collections.abc import Sequence

from mmpose_stable.robustness.measures import R
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.report.summary import kind_rows, summary_rows
from mmpose_stable.robustness.report.warnings import untrustworthy
from mmpose_stable.robustness.terminal import aligned


def format_comparison(runs: Sequence[Run], notes: Sequence[str] = ()) -> str:
    """Return one column a run: means over all cells, then R of each kind.

    Args:
        runs: At least one, with equal cells.
        notes: Printed above the table.
    """
    rows = [*summary_rows(runs), *kind_rows(runs, R)]
    several = len(runs) > 1
    body = [
        [
            row.title,
            *(
                text + (' *' if at in row.best else '  ') * several
                for at, text in enumerate(row.shown)
            ),
        ]
        for row in rows
    ]
    head = ['', *(run.name + '  ' * several for run in runs)]
    warned = [f'Warning: {text}' for text in untrustworthy(runs).values()]
    lines = [*warned, *(f'Note: {note}' for note in notes), *aligned([head, *body])]
    return '\n'.join([*lines, *(['* best'] * several)])
