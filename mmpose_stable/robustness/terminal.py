"""The result as a text table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmpose_stable.robustness.measures import MEASURES

_COLUMNS = [measure for measure in MEASURES if measure.in_terminal]


def format_results(content: Mapping[str, Any]) -> str:
    """Return one line a kind, averaged over severities, and the data set's metrics below.

    Args:
        content: What :func:`.results.load_results` returns.
    """
    settings, summary, clean = content['settings'], content['summary'], content['clean']
    primary = next(iter(clean['metrics']), None)
    title = ['', *(measure.label for measure in _COLUMNS), *([primary] if primary else [])]
    rows = [['clean', *_row(clean), *([_show(clean['metrics'][primary])] if primary else [])]]
    for kind, means in summary['kinds'].items():
        values = [cell['metrics'].get(primary) for cell in content['cells'] if cell['kind'] == kind]
        mean = None if None in values else sum(values) / len(values)
        rows.append([kind, *_row(means), *([_show(mean)] if primary else [])])
    performance = summary['performance'].get(primary, {})
    last = ['mean', *_row(summary['overall'])]
    rows.append([*last, *([_show(performance['mPC'])] if primary else [])])
    lines = [
        f'{content["model"]["name"]} on {content["dataset"]["name"]}: '
        f'{content["dataset"]["samples"]} samples, severities {settings["severities"]}, '
        f'perturbed at the {settings["perturb_at"]}, '
        f'{"all" if settings["count_unlabelled"] else "labelled"} keypoints counted',
        *aligned([title, *rows]),
    ]
    empty = [numbers.get('empty_share') or 0 for numbers in (clean, summary['overall'])]
    if any(empty):
        lines.append(
            f'{empty[0]:.1%} of the heatmaps of clean pictures and {empty[1]:.1%} of perturbed '
            'ones have no positive value: they locate no keypoint, and what is located nowhere '
            'does not move either'
        )
    for name, row in summary['performance'].items():
        relative = '–' if row['rPC'] is None else f'{row["rPC"]:.1%}'
        lines.append(
            f'{name}: clean {_show(row["clean"])}, mPC {_show(row["mPC"])}, rPC {relative}'
        )
    return '\n'.join(lines)


def _row(numbers: Mapping[str, Any]) -> list[str]:
    return [measure.show(numbers.get(measure.entry)) for measure in _COLUMNS]


def _show(value: float | None) -> str:
    return '–' if value is None else f'{value:.4f}'


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of equal length as lines: first column left, others right, a rule below row 0."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        lines.append('  '.join(cells).rstrip())
    lines.insert(1, '-' * max(len(line) for line in lines))
    return lines
