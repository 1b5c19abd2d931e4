"""From result files to figures and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from mmpose_stable.files import write_text
from mmpose_stable.robustness.measures import (
    AUC_BOX,
    LOST,
    NEW,
    R_BOX,
    R,
    measures_of,
    own_measures,
)
from mmpose_stable.robustness.report import figures as draw
from mmpose_stable.robustness.report import verdicts
from mmpose_stable.robustness.report.page import Entry, PageFigure, Table, render_page
from mmpose_stable.robustness.report.pictures import common_examples, draw_example
from mmpose_stable.robustness.report.runs import Run, kinds_worst_first, load_run
from mmpose_stable.robustness.report.style import readable, write_png
from mmpose_stable.robustness.report.table import headline_rows, summary_rows

PAGE_FILE = 'report.html'


def write_report(folder: Path) -> Path:
    """Draw and write the report of one run into its own folder."""
    return write_pages([load_run(folder)], [], Path(folder))


def write_pages(
    runs: Sequence[Run],
    notes: Sequence[str],
    folder: Path,
    file_name: str = PAGE_FILE,
    title: str | None = None,
    first: Sequence[PageFigure] = (),
) -> Path:
    """Write figures and one page of several runs.

    Args:
        notes: What a reader has to know, above everything.
        title: By default a question about the runs.
        first: Figures to show before the pictures.
    """
    measure, out = verdicts.movement_of(runs), folder / 'figures'
    finders = all(run.finds_persons for run in runs)
    drawn = {
        **({'lost_by_kind': draw.bars_by_kind(runs, LOST)} if finders else {}),
        'movement_by_kind': draw.bars_by_kind(runs, measure),
        'ruc': draw.ruc_curves(runs, per_box=measure is not R),
        'r_table': draw.heat_table(runs, measure),
    }
    figures = {name: write_png(out / f'{name}.png', figure) for name, figure in drawn.items()}
    html = render_runs(runs, notes, figures, _pictures(runs, out), title, first)
    write_text(folder / file_name, html)
    return folder / file_name


def render_runs(
    runs: Sequence[Run],
    notes: Sequence[str],
    figures: Mapping[str, bytes],
    pictures: Sequence[PageFigure] = (),
    title: str | None = None,
    first: Sequence[PageFigure] = (),
) -> str:
    """Return the page of one run or of several as HTML, with PNGs by the names of their files."""
    run, warnings, measure = runs[0], verdicts.untrustworthy(runs), verdicts.movement_of(runs)
    head, accuracy = ['Measure', *(run.name for run in runs)], run.mean(AUC_BOX, clean=True)

    def length(*keys: str, **where: Any) -> str:
        """√R in pixels over some cells, with the interval of these keys."""
        r = run.mean(R, **where)
        if r is None:
            return 'an unknown distance, for some keypoints are no numbers,'
        found = run.interval(*keys, 'r') if keys else None
        return R.show_root(r) + (' [{:.1f}, {:.1f}]'.format(*np.sqrt(found)) if found else '')

    def harm(*keys: str, **where: Any) -> str:
        """The share of lost persons, of models that can lose some, and √R."""
        if not run.finds_persons:
            return length(*keys, **where)
        lost = f'{LOST.show(run.mean(LOST, **where))} lost'
        return lost if run.mean(R, **where) is None else f'{lost}, {length(*keys, **where)}'

    return render_page(
        'runs.html.j2',
        title=title,
        run=run,
        several=len(runs) > 1,
        names=head[1:],
        dataset=run.content['dataset'],
        performance=run.content['summary']['performance'],
        places=dict.fromkeys(run.content['settings']['perturb_at'] for run in runs),
        persons=run.interval('persons'),
        has_intervals=any((run.interval('overall') or {}).values()),
        notes=[*warnings.values(), *notes],
        recommended=verdicts.recommend(runs),
        few_persons=verdicts.few_persons(run),
        metric=next((one for one in own_measures([run.content]) if one.better), None),
        jumps=verdicts.jump_share(run),
        not_learned=warnings or (accuracy is not None and accuracy < verdicts.LEAST_ACCURACY),
        accuracy=accuracy,
        length=length,
        harm=harm,
        movement_is_known=run.mean(R) is not None,
        of_box=R_BOX.show_root(run.mean(R_BOX)),
        lost=run.mean(LOST),
        new=run.mean(NEW),
        kinds=kinds_worst_first([run], verdicts.deciding_of([run])),
        movement=measure,
        finders=any(one.finds_persons for one in runs),
        whiskers=measure is R and all(run.interval('overall', 'r') for run in runs),
        figures=figures,
        pictures=pictures,
        first=first,
        headline=Table(head, headline_rows(runs)),
        differences=_differences(runs),
        summary=Table(head, summary_rows(runs)),
        cells=_cells(runs),
        JUMP=verdicts.JUMP,
        FEW_JUMPS=verdicts.FEW_JUMPS,
        AUC_BOX=AUC_BOX,
        LOST=LOST,
    )


def _pictures(runs: Sequence[Run], out: Path) -> list[PageFigure]:
    # A run that kept fewer pictures must not stand beside some of an earlier one.
    for old in out.glob('picture_[0-9][0-9].png'):
        old.unlink()
    common, names, drawn = common_examples(runs), [run.name for run in runs], []
    skeleton = [tuple(link) for link in runs[0].content['dataset']['skeleton']]
    for (kind, severity, sample), examples in tqdm(common.items(), 'pictures', unit='figure'):
        figure = draw_example(dict(zip(names, examples, strict=True)), skeleton)
        png = write_png(out / f'picture_{len(drawn):02d}.png', figure)
        title = f'{readable(kind)}, severity {severity}, sample {sample}'
        drawn.append(PageFigure(title, '', png))
    return drawn


def _differences(runs: Sequence[Run]) -> Table:
    rows = [
        [Entry(found.title, name), Entry(found.shown, found.range), found.verdict]
        for name, found in verdicts.differences(runs)
    ]
    return Table(['Measure', 'difference', 'verdict'], rows, texts=(0, 2))


def _cells(runs: Sequence[Run]) -> Table:
    measures = measures_of([run.content for run in runs])
    named = len(runs) > 1
    rows = []
    for cells in zip(*([run.content['clean'], *run.content['cells']] for run in runs), strict=True):
        for run, cell in zip(runs, cells, strict=True):
            shown = [measure.show(measure.read(cell)) for measure in measures]
            first = [readable(cell['kind']), str(cell['severity']), *([run.name] * named)]
            rows.append([*first, *shown])
    head = ['kind', 'severity', *(['run'] * named), *(m.label for m in measures)]
    return Table(head, rows, texts=(0, 2) if named else (0,))
