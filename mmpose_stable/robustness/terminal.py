"""The result as a text table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmpose_stable.robustness.intervals import FEW_PERSONS
from mmpose_stable.robustness.measures import AUC_BOX, RUC, R, mean_of
from mmpose_stable.robustness.shown_measures import measures_of, own_measures


def format_results(content: Mapping[str, Any]) -> str:
    """Return one line a kind, means over severities, then intervals and the data set's metrics."""
    settings, cells = content['settings'], content['cells']
    shown_here = [measure for measure in measures_of([content]) if measure.in_terminal]
    measures = [*shown_here, *own_measures([content])[:1]]
    rows = [['', '√R (px)', *(m.entry if m.own else m.label for m in measures)]]
    kinds = dict.fromkeys(cell['kind'] for cell in cells)
    by_kind = {kind: [cell for cell in cells if cell['kind'] == kind] for kind in kinds}
    for name, some in {'clean': [content['clean']], **by_kind, 'mean': cells}.items():
        means = [mean_of(measure, some) for measure in measures]
        shown = [measure.show(mean) for measure, mean in zip(measures, means, strict=True)]
        rows.append([name, R.show_root(mean_of(R, some)).removesuffix(' px') or '–', *shown])
    empty = [numbers.get('empty_share') or 0 for numbers in (content['clean'], _overall(content))]
    lines = [
        f'{content["model"]["name"]} on {content["dataset"]["name"]}: '
        f'{content["dataset"]["samples"]} samples, severities {settings["severities"]}, '
        f'perturbed at the {settings["perturb_at"]}, '
        f'{"all" if settings["count_unlabelled"] else "labelled"} keypoints counted',
        *aligned(rows),
        *_intervals(content),
    ]
    if any(empty):
        lines.append(
            f'{empty[0]:.1%} of the heatmaps of clean pictures and {empty[1]:.1%} of perturbed '
            'ones have no positive value: they locate no keypoint, and what is located nowhere '
            'does not move either'
        )
    for measure in own_measures([content]):
        row = content['summary']['performance'][measure.entry]
        relative = '–' if row['rPC'] is None else f'{row["rPC"]:.1%}'
        lines.append(
            f'{measure.entry}: clean {measure.show(row["clean"])}, mPC {measure.show(row["mPC"])}, '
            f'rPC {relative}'
        )
    return '\n'.join(lines)


def few_persons(content: Mapping[str, Any]) -> str:
    """Return a warning where intervals are of few persons; empty where they are not."""
    persons = (content.get('intervals') or {}).get('persons', FEW_PERSONS)
    if persons >= FEW_PERSONS:
        return ''
    return f'Intervals of {persons} persons are too narrow; {FEW_PERSONS} or more are needed.'


def _intervals(content: Mapping[str, Any]) -> list[str]:
    found = content.get('intervals')
    if not found:
        return []
    shown = [
        f'{measure.label} {measure.show(value)} {measure.show_range(found["overall"][entry])}'
        for measure in (R, RUC, AUC_BOX)
        for entry, value in [(measure.entry, _overall(content)[measure.entry])]
        if value is not None and found['overall'][entry] is not None
    ]
    if not shown:
        return []
    line = f'{found["level"]:.0%} intervals over {found["persons"]} persons: {"; ".join(shown)}'
    return [line, *filter(None, [few_persons(content)])]


def _overall(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return content['summary']['overall']


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
