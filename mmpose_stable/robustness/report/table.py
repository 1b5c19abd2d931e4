"""Several runs side by side as text, and as lines of a leaderboard."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmpose_stable.files import whole_file
from mmpose_stable.robustness.measures import AUC_BOX, R_BOX, RUC, UNMOVED, Measure, R, mean_of
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.report.summary import headline_rows
from mmpose_stable.robustness.report.verdicts import differences, recommend, untrustworthy
from mmpose_stable.robustness.terminal import aligned, few_persons


def format_comparison(runs: Sequence[Run], notes: Sequence[str] = ()) -> str:
    """Return what to take, one column a run with the headline, and differences."""
    several = len(runs) > 1
    body = [
        [
            row.title,
            *(
                f'{text} {below}'.strip() + (' *' if at in row.best else '  ') * several
                for at, (text, below) in enumerate(zip(row.shown, row.below, strict=True))
            ),
        ]
        for row in headline_rows(runs)
    ]
    head = ['', *(run.name + '  ' * several for run in runs)]
    lines = [f'Warning: {text}' for text in untrustworthy(runs).values()]
    lines += [f'Note: {note}' for note in [*notes, *filter(None, [few_persons(runs[0].content)])]]
    lines += aligned([head, *body])
    if several:
        rows = [
            [f'{name}: {found.title}', found.shown, found.range, found.verdict]
            for name, found in differences(runs)
        ]
        title = [f'less {runs[0].name}', '', '95 % interval', '']
        lines += ['* best', '', *aligned([title, *rows]), '', *recommend(runs)]
    return '\n'.join(lines)


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
    return {
        name: mean_of(measure, run.content['cells']),
        f'{name}_low': low,
        f'{name}_high': high,
    }
