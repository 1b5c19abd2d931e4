"""From result files to figures and a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from mmpose_stable.files import write_text
from mmpose_stable.robustness.examples import EXAMPLES_FILE
from mmpose_stable.robustness.measures import LOST, measures_of
from mmpose_stable.robustness.report import figures as draw
from mmpose_stable.robustness.report import verdicts
from mmpose_stable.robustness.report.answers import answers
from mmpose_stable.robustness.report.page import Entry, PageFigure, Section, Table, render_page
from mmpose_stable.robustness.report.pictures import common_examples, draw_example
from mmpose_stable.robustness.report.runs import Run, load_run
from mmpose_stable.robustness.report.style import readable, write_png
from mmpose_stable.robustness.report.table import SummaryRow, headline_rows, summary_rows

PAGE_FILE = 'report.html'
FIGURES_FOLDER = 'figures'
_PICTURES = (
    'Each white line joins the two predictions of one keypoint. Labels are drawn where a keypoint '
    'is labelled. Heatmaps, of models that have them, are the largest of all keypoints, each '
    'divided by its own maximum and stretched over the picture.'
)
_NO_PICTURES = (
    f'Not shown: {EXAMPLES_FILE} is not beside every result, or the runs kept no picture in common.'
)


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
    """Write figures and one page of several runs."""
    names = [run.name for run in runs]
    moved, *others = _figures(runs, folder / FIGURES_FOLDER)
    pictures = _pictures(runs, folder / FIGURES_FOLDER)
    html = render_page(
        title=title or _title(runs),
        lead=_lead(runs),
        notes=[*verdicts.untrustworthy(runs).values(), *notes],
        answers=answers(runs),
        figure=moved,
        headline=[_summary(names, headline_rows(runs), _caption(runs)), *_differences(runs)],
        sections=[
            *([Section('On the video', figures=first, unfolded=True)] if first else []),
            Section(
                'Pictures: clean beside perturbed',
                _said_of_pictures(runs) if pictures else _NO_PICTURES,
                figures=pictures,
                unfolded=True,
            ),
            Section('More figures', figures=others),
            Section('Every number', tables=[_summary(names, summary_rows(runs), '')]),
            Section(
                'Every kind and severity',
                'Severity 0 is the clean picture.',
                [_cells(runs)],
            ),
        ],
    )
    write_text(folder / file_name, html)
    return folder / file_name


def _figures(runs: Sequence[Run], out: Path) -> list[PageFigure]:
    lines = 'one line a run' if len(runs) > 1 else 'one line a severity, darker is severer'
    measure, one_size = verdicts.movement_of(runs), verdicts.of_one_size(runs)
    whiskers = one_size and all(run.interval('overall', 'r') for run in runs)
    finders = all(run.finds_persons for run in runs)
    lost = 'How many persons each kind of perturbation loses', 'Averaged over severities.'
    drawn = {
        **({'lost_by_kind': (*lost, draw.bars_by_kind(runs, LOST))} if finders else {}),
        'movement_by_kind': (
            'How far each kind of perturbation moves keypoints',
            'Root mean square, averaged over severities.'
            + ' Only persons that are found again count.' * finders
            + ' Thin lines are 95 % intervals over persons.' * whiskers,
            draw.bars_by_kind(runs, measure),
        ),
        'ruc': (
            'RUC',
            f'Share of keypoints that moved at most P, averaged over kinds; {lines}. The start of '
            'a curve shows small trembling, its end how many keypoints were lost.',
            draw.ruc_curves(runs, per_box=not one_size),
        ),
        'r_table': (
            f'{measure.title} by kind and severity',
            f'Lighter is better. Colours follow √{measure.title}, so equal steps of colour are '
            'equal distances.',
            draw.heat_table(runs, measure),
        ),
    }
    return [
        PageFigure(title, caption, write_png(out / f'{name}.png', figure))
        for name, (title, caption, figure) in drawn.items()
    ]


def _pictures(runs: Sequence[Run], out: Path) -> list[PageFigure]:
    # A run that kept fewer pictures must not stand beside some of an earlier one.
    for old in out.glob('picture_[0-9][0-9].png'):
        old.unlink()
    common, names, drawn = common_examples(runs), [run.name for run in runs], []
    for (kind, severity, sample), examples in tqdm(common.items(), 'pictures', unit='figure'):
        figure = draw_example(dict(zip(names, examples, strict=True)), runs[0].skeleton)
        png = write_png(out / f'picture_{len(drawn):02d}.png', figure)
        title = f'{readable(kind)}, severity {severity}, sample {sample}'
        drawn.append(PageFigure(title, '', png))
    return drawn


def _said_of_pictures(runs: Sequence[Run]) -> str:
    best = ' Of all persons on a picture the one with the best score is drawn.'
    return _PICTURES + best * any(run.finds_persons for run in runs)


def _title(runs: Sequence[Run]) -> str:
    dataset, names = runs[0].content['dataset']['name'], [run.name for run in runs]
    if len(runs) == 1:
        return f'How stable is {names[0]} on {dataset}?'
    return f'Which is stabler on {dataset}: {" or ".join(names)}?'


def _lead(runs: Sequence[Run]) -> str:
    content = runs[0].content
    counted = 'all' if content['settings']['count_unlabelled'] else 'labelled'
    places = ' or '.join(dict.fromkeys(run.content['settings']['perturb_at'] for run in runs))
    return (
        f'{content["dataset"]["samples"]} samples, {len(runs[0].kinds)} kinds of perturbation at '
        f'severities {", ".join(map(str, runs[0].severities))}, perturbed at the {places}; '
        f'{counted} keypoints counted.'
    )


def _caption(runs: Sequence[Run]) -> str:
    best = ' ★ marks the best where a direction is better.' if len(runs) > 1 else ''
    persons = runs[0].interval('persons')
    known = any((runs[0].interval('overall') or {}).values())
    ranges = f' Brackets: 95 % intervals over {persons} persons.' if known else ''
    return f'Means over {len(runs[0].cells)} kinds × severities.{ranges}{best}'


def _summary(names: Sequence[str], rows: Sequence[SummaryRow], caption: str) -> Table:
    entries = [[Entry(row.title, row.meaning), *row.entries] for row in rows]
    return Table(['Measure', *names], entries, caption)


def _differences(runs: Sequence[Run]) -> list[Table]:
    if len(runs) == 1:
        return []
    rows = [
        [Entry(found.title, name), Entry(found.shown, found.range), found.verdict]
        for name, found in verdicts.differences(runs)
    ]
    caption = f'Each run less {runs[0].name}, on the same persons, with 95 % intervals.'
    return [Table(['Measure', 'difference', 'verdict'], rows, caption, texts=(0, 2))]


def _cells(runs: Sequence[Run]) -> Table:
    measures = measures_of([run.content for run in runs])
    named = len(runs) > 1
    rows = []
    for cells in zip(*([run.content['clean'], *run.content['cells']] for run in runs), strict=True):
        for run, cell in zip(runs, cells, strict=True):
            shown = [measure.show(measure.read(cell)) for measure in measures]
            first = [readable(cell['kind']), str(cell['severity']), *([run.name] if named else [])]
            rows.append([*first, *shown])
    head = ['kind', 'severity', *(['run'] if named else []), *(m.label for m in measures)]
    return Table(head, rows, texts=(0, 2) if named else (0,))
