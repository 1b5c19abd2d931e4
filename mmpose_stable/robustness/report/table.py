"""The numbers of whole runs side by side: as rows, as text, and as lines of a leaderboard."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from mmpose_stable.files import whole_file
from mmpose_stable.robustness.intervals import Interval
from mmpose_stable.robustness.measures import (
    AUC_BOX,
    LOST,
    NEW,
    R_BOX,
    RUC,
    UNMOVED,
    Measure,
    R,
    mean_of,
    measures_of,
    own_measures,
)
from mmpose_stable.robustness.report.answers import few_persons
from mmpose_stable.robustness.report.page import Entry
from mmpose_stable.robustness.report.runs import Run, maps_compare
from mmpose_stable.robustness.report.verdicts import differences, recommend, untrustworthy

_PERFORMANCE = {
    'clean': "The data set's metric on the clean pictures, as its evaluator defines it.",
    'mPC': "The data set's metric, averaged over all kinds and severities.",
    'rPC': 'mPC divided by the clean value.',
}


class SummaryRow(NamedTuple):
    """One number of each run, with the root of a square and the interval below it.

    The best runs are marked, unless there is one run, all are equal, or neither direction is better
    in itself.
    """

    title: str
    meaning: str
    entries: tuple[Entry, ...]


def headline_rows(runs: Sequence[Run]) -> list[SummaryRow]:
    """Return the six numbers that say most: movement four times, accuracy clean and perturbed.

    Accuracy is the data set's first metric with a known better end, else AUC in shares of the box.
    For models that can lose a person, the share that they lose stands for the share unmoved.
    """
    contents = [run.content for run in runs]
    fourth = LOST if any(run.finds_persons for run in runs) else UNMOVED
    rows = [_means(runs, measure, 'overall') for measure in (R, R_BOX, RUC, fourth)]
    accuracy = next((measure for measure in own_measures(contents) if measure.better), None)
    if accuracy is None:
        return [*rows, *_both(runs, AUC_BOX)]
    return [*rows, *_performance(runs, accuracy)[:2]]


def summary_rows(runs: Sequence[Run]) -> list[SummaryRow]:
    """Return every number: means over all cells, and of the data set's metrics mPC and rPC."""
    contents = [run.content for run in runs]
    rows = []
    for measure in measures_of(contents):
        if measure.own:
            rows += _performance(runs, measure)
            continue
        if measure.of_maps and not maps_compare(runs):
            measure = replace(measure, better='')
        has_clean = any(measure.read(content['clean']) is not None for content in contents)
        rows += _both(runs, measure) if has_clean else [_means(runs, measure, 'overall')]
    return rows


def _both(runs: Sequence[Run], measure: Measure) -> list[SummaryRow]:
    words = {'clean': ', clean', 'overall': ', perturbed'}
    return [_means(runs, measure, part, said) for part, said in words.items()]


def _means(runs: Sequence[Run], measure: Measure, part: str, words: str = '') -> SummaryRow:
    cells = [[c['clean']] if part == 'clean' else c['cells'] for c in (r.content for r in runs)]
    values = [mean_of(measure, some) for some in cells]
    ranges = [run.interval(part, measure.entry) for run in runs]
    return _row(runs, measure, f'{measure.label}{words}', values, ranges)


def _performance(runs: Sequence[Run], measure: Measure) -> list[SummaryRow]:
    rows = []
    for key, words in _PERFORMANCE.items():
        # Of errors the share that is left, rPC, is better lower as well.
        form = '{:.1%}' if key == 'rPC' else measure.form
        shown = replace(measure, form=form)
        values = [run.content['summary']['performance'][measure.entry][key] for run in runs]
        title = f'{measure.title}, {key}' + ' (lower is better)' * (measure.better == 'lower')
        rows.append(_row(runs, shown, title, values, [None] * len(runs), words))
    return rows


def _row(
    runs: Sequence[Run],
    measure: Measure,
    title: str,
    values: Sequence[float | None],
    ranges: Sequence[Interval | None],
    meaning: str = '',
) -> SummaryRow:
    shown = [measure.show(value) for value in values]
    known = [value for value in values if value is not None]
    best: set[int] = set()
    # Runs whose numbers read the same are equal to a reader.
    if len(known) > 1 and measure.better and len(set(shown)) > 1:
        first = measure.show(min(known) if measure.better == 'lower' else max(known))
        best = {at for at, text in enumerate(shown) if text == first}
        # Where the best is worth nothing no other run is best either.
        if not measure.own and best & untrustworthy(runs).keys():
            best = set()
    entries = []
    for at, (value, found) in enumerate(zip(values, ranges, strict=True)):
        root = measure.show_root(value)
        below = filter(None, [measure.show_range(found), f'√ {root}' if root else ''])
        entries.append(Entry(shown[at], ', '.join(below), best=at in best))
    return SummaryRow(title, meaning or measure.meaning, tuple(entries))


def format_results(run: Run) -> str:
    """Return one line a kind, means over severities, then the headline."""
    content, cells = run.content, run.content['cells']
    settings, dataset = content['settings'], content['dataset']
    shown = [m for m in measures_of([content]) if not m.own and (m.log or m.rare)]
    measures = [*shown, *own_measures([content])[:1]]
    rows = [['', '√R', *(m.entry if m.own else m.label for m in measures)]]
    by_kind = {kind: run.cells_of(kind) for kind in run.kinds}
    for name, some in {'clean': [content['clean']], **by_kind, 'mean': cells}.items():
        root = R.show_root(mean_of(R, some)) or '–'
        rows.append([name, root, *(m.show(mean_of(m, some)) for m in measures)])
    counted = 'all' if settings['count_unlabelled'] else 'labelled'
    return '\n'.join(
        [
            f'{run.name} on {dataset["name"]}: {dataset["samples"]} samples, severities '
            f'{settings["severities"]}, perturbed at the {settings["perturb_at"]}, {counted} '
            'keypoints counted',
            *aligned(rows),
            '',
            format_comparison([run]),
        ]
    )


def format_comparison(runs: Sequence[Run], notes: Sequence[str] = ()) -> str:
    """Return what to take, one column a run with the headline, and differences."""
    several = len(runs) > 1
    rows = [['', *(run.name + '  ' * several for run in runs)]]
    for row in headline_rows(runs):
        marks = [(' *' if entry.best else '  ') * several for entry in row.entries]
        texts = [f'{entry.text} {entry.below}'.strip() for entry in row.entries]
        rows.append([row.title, *(text + mark for text, mark in zip(texts, marks, strict=True))])
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
    r = mean_of(R, content['cells'])
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
        'root_r_px': None if r is None else math.sqrt(r),
        **_with_interval(run, R, 'r_px2'),
        **_with_interval(run, R_BOX, 'r_box'),
        **_with_interval(run, RUC, 'ruc_area'),
        'unmoved_share': mean_of(UNMOVED, content['cells']),
        'lost_share': mean_of(LOST, content['cells']),
        'new_share': mean_of(NEW, content['cells']),
        'auc_box_clean': AUC_BOX.read(content['clean']),
        'auc_box_perturbed': mean_of(AUC_BOX, content['cells']),
        'metric': metric,
        'metric_clean': row.get('clean'),
        'mPC': row.get('mPC'),
        'rPC': row.get('rPC'),
        'weights_sha256': hashes.get('weights'),
        'annotations_sha256': hashes.get('annotations'),
        'mmpose_stable': content['versions'].get('mmpose_stable'),
    }


def _with_interval(run: Run, measure: Measure, name: str) -> dict[str, float | None]:
    low, high = run.interval('overall', measure.entry) or (None, None)
    mean = mean_of(measure, run.content['cells'])
    return {name: mean, f'{name}_low': low, f'{name}_high': high}
