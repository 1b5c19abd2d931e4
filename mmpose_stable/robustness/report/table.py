"""The numbers of whole runs side by side: as rows, as text, and as lines of a leaderboard."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmpose_stable.files import whole_file
from mmpose_stable.robustness.measures import (
    AUC_BOX,
    LOST,
    NEW,
    R_BOX,
    RUC,
    UNMOVED,
    Measure,
    R,
    measures_of,
    own_measures,
)
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.report.style import readable
from mmpose_stable.robustness.report.verdicts import (
    differences,
    few_persons,
    recommend,
    untrustworthy,
)


class Entry(NamedTuple):
    """What a table has in one place: a text, one below it, and whether it is the best."""

    text: str
    below: str = ''
    best: bool = False


def headline_rows(runs: Sequence[Run]) -> list[list[Entry]]:
    """Return the six numbers that say most: movement four times, accuracy clean and perturbed.

    A row is a title with its meaning, and one number of each run with its interval and its root.
    For models that can lose a person, the share that they lose stands for the share unmoved.
    """
    fourth = LOST if runs[0].finds_persons else UNMOVED
    accuracy = accuracy_of(runs)
    return [
        *(_row(runs, measure, 'overall', '') for measure in (R, R_BOX, RUC, fourth)),
        _row(runs, accuracy, 'clean', ', clean'),
        _row(runs, accuracy, 'overall', ', perturbed'),
    ]


def accuracy_of(runs: Sequence[Run]) -> Measure:
    """Return the data set's first metric with a known better end, else AUC in shares of the box."""
    own = own_measures([run.content for run in runs])
    return next((measure for measure in own if measure.better), AUC_BOX)


def _row(runs: Sequence[Run], measure: Measure, part: str, words: str) -> list[Entry]:
    """Mark the best, unless there is one run, all are equal, or neither direction is better."""
    values = [run.mean(measure, clean=part == 'clean') for run in runs]
    # Runs whose numbers read the same are equal to a reader.
    shown = [measure.show(value) for value in values]
    known = [value for value in values if value is not None]
    best = ''
    if len(known) > 1 and len(set(shown)) > 1 and measure.better:
        best = measure.show(min(known) if measure.better == 'lower' else max(known))
    worthless = () if measure.own else untrustworthy(runs)
    row = [Entry(f'{measure.label}{words}', measure.meaning)]
    for at, run in enumerate(runs):
        root = measure.show_root(values[at])
        interval = measure.show_range(run.interval(part, measure.entry))
        below = ', '.join(filter(None, [interval, f'√ {root}' if root else '']))
        row.append(Entry(shown[at], below, shown[at] == best and at not in worthless))
    return row


def every_cell(runs: Sequence[Run]) -> tuple[list[str], list[list[Entry]]]:
    """Return the head and the rows of a table of all numbers: clean, of each cell, and means."""
    measures = measures_of([run.content for run in runs])
    several = len(runs) > 1
    places = [
        ('clean', '', {'clean': True}),
        *((readable(kind), str(at), {'kind': kind, 'severity': at}) for kind, at in runs[0].cells),
        ('mean', '', {}),
    ]
    rows = []
    for *place, where in places:
        for run in runs:
            numbers = (measure.show(run.mean(measure, **where)) for measure in measures)
            rows.append([*map(Entry, [*place, *[run.name] * several, *numbers])])
    return ['kind', 'severity', *['run'] * several, *(m.label for m in measures)], rows


def format_results(run: Run) -> str:
    """Return one line a kind, means over severities, then the headline."""
    content = run.content
    settings, dataset = content['settings'], content['dataset']
    shown = [m for m in measures_of([content]) if not m.own and (m.log or m.rare)]
    measures = [*shown, *own_measures([content])[:1]]
    rows = [['', '√R', *(m.entry if m.own else m.label for m in measures)]]
    parts = {'clean': {'clean': True}, **{kind: {'kind': kind} for kind in run.kinds}, 'mean': {}}
    for name, where in parts.items():
        numbers = (m.show(run.mean(m, **where)) for m in measures)
        rows.append([name, R.show_root(run.mean(R, **where)) or '–', *numbers])
    counted = 'all' if settings['count_unlabelled'] else 'labelled'
    head = (
        f'{run.name} on {dataset["name"]}: {dataset["samples"]} samples, severities '
        f'{settings["severities"]}, perturbed at the {settings["perturb_at"]}, {counted} '
        'keypoints counted'
    )
    return '\n'.join([head, *aligned(rows), '', format_comparison([run])])


def format_comparison(runs: Sequence[Run], notes: Sequence[str] = ()) -> str:
    """Return what to take, one column a run with the headline, and differences."""
    several = len(runs) > 1
    rows = [['', *(run.name + '  ' * several for run in runs)]]
    for title, *entries in headline_rows(runs):
        marks = [(' *' if entry.best else '  ') * several for entry in entries]
        texts = [f'{entry.text} {entry.below}'.strip() for entry in entries]
        rows.append([title.text, *(text + mark for text, mark in zip(texts, marks, strict=True))])
    lines = [f'Warning: {text}' for text in untrustworthy(runs).values()]
    lines += [f'Note: {note}' for note in [*notes, *few_persons(runs[0])]]
    lines += aligned(rows)
    if several:
        rows = [[f'less {runs[0].name}', '', '95 % interval', '']]
        for name, found in differences(runs):
            rows.append([f'{name}: {found.title}', found.shown, found.range, found.verdict])
        lines += ['* best', '', *aligned(rows), '', *recommend(runs)]
    return '\n'.join(lines)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of equal length as lines: first column left, others right, a rule below row 0."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        texts = [text.rjust(width) for text, width in zip(row, widths, strict=True)]
        lines.append('  '.join([row[0].ljust(widths[0]), *texts[1:]]).rstrip())
    return [lines[0], '-' * max(map(len, lines)), *lines[1:]]


def write_csv(path: Path, runs: Sequence[Run]) -> None:
    """Write one line a run, each over its own kinds and severities.

    ``docs/result_files.md`` describes the columns.
    """
    rows = [_leaderboard_row(run) for run in runs]
    with whole_file(path) as temporary, open(temporary, 'w', encoding='utf-8', newline='') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _leaderboard_row(run: Run) -> dict[str, Any]:
    content = run.content
    model, settings, hashes = content['model'], content['settings'], content['hashes']
    metric, row = next(iter(content['summary']['performance'].items()), ('', {}))
    r = run.mean(R)
    numbers: dict[str, float | None] = {'root_r_px': None if r is None else math.sqrt(r)}
    for name, measure in (('r_px2', R), ('r_box', R_BOX), ('ruc_area', RUC)):
        low, high = run.interval('overall', measure.entry) or (None, None)
        numbers |= {name: run.mean(measure), f'{name}_low': low, f'{name}_high': high}
    return {
        'model': run.name,
        'dataset': content['dataset']['name'],
        'samples': content['dataset']['samples'],
        'persons': run.interval('persons'),
        'input_size': 'x'.join(map(str, model.get('input_size') or ())),
        'decoder': model.get('decoder'),
        'flip_test': model.get('flip_test'),
        'kinds': ' '.join(run.kinds),
        'severities': ' '.join(map(str, run.severities)),
        'perturb_at': settings['perturb_at'],
        'seed': settings['seed'],
        **numbers,
        'unmoved_share': run.mean(UNMOVED),
        'lost_share': run.mean(LOST),
        'new_share': run.mean(NEW),
        'auc_box_clean': run.mean(AUC_BOX, clean=True),
        'auc_box_perturbed': run.mean(AUC_BOX),
        'metric': metric,
        'metric_clean': row.get('clean'),
        'mPC': row.get('mPC'),
        'rPC': row.get('rPC'),
        'weights_sha256': hashes.get('weights'),
        'annotations_sha256': hashes.get('annotations'),
        'mmpose_stable': content['versions'].get('mmpose_stable'),
    }
