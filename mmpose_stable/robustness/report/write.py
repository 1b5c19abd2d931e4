"""From result files to figures and a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from tqdm import tqdm

from mmpose_stable.files import write_text
from mmpose_stable.robustness.examples import EXAMPLES_FILE
from mmpose_stable.robustness.measures import AUC
from mmpose_stable.robustness.report import figures as draw
from mmpose_stable.robustness.report.answers import answers
from mmpose_stable.robustness.report.page import Entry, PageFigure, Section, Table, render_page
from mmpose_stable.robustness.report.pictures import (
    common_examples,
    draw_example,
    find_example,
    title_of,
)
from mmpose_stable.robustness.report.runs import Run, load_run
from mmpose_stable.robustness.report.style import readable, write_png
from mmpose_stable.robustness.report.summary import SummaryRow, headline_rows, summary_rows
from mmpose_stable.robustness.report.verdicts import (
    differences,
    movement_of,
    of_one_size,
    untrustworthy,
)
from mmpose_stable.robustness.shown_measures import measures_of, own_measures

PAGE_FILE = 'report.html'
FIGURES_FOLDER = 'figures'
_PARTS = ('model', 'dataset', 'settings', 'versions', 'hashes')


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
    keys = common_examples(runs)
    out = folder / FIGURES_FOLDER
    # A run that kept fewer pictures must not stand beside some of an earlier one.
    for old in out.glob('picture_[0-9][0-9].png'):
        old.unlink()
    plans = [*_planned(runs), *(_picture(runs, at, key) for at, key in enumerate(keys))]
    drawn = [
        PageFigure(plan.title, plan.caption, write_png(out / f'{plan.name}.png', plan.draw()))
        for plan in tqdm(plans, desc='report', unit='figure')
    ]
    others = len(plans) - len(keys)
    names = [run.name for run in runs]
    page = folder / file_name
    html = render_page(
        title or _title(runs),
        _lead(runs),
        [*untrustworthy(runs).values(), *notes],
        answers(runs),
        drawn[0],
        [_summary(names, headline_rows(runs), _six(runs)), *_differences(runs)],
        [
            *([Section('On the video', figures=first, unfolded=True)] if first else []),
            Section(
                'Pictures: clean beside perturbed',
                _pictures_text(runs, bool(keys)),
                figures=drawn[others:],
                unfolded=True,
            ),
            Section('More figures', figures=drawn[1:others]),
            Section('Every number', tables=[_summary(names, summary_rows(runs), '')]),
            Section(
                'Every kind and severity',
                "Severity 0 is the clean picture. Choose a column's title to sort by it, and "
                'again to turn the order round.',
                [_cells(runs)],
            ),
            Section('What made these numbers', tables=[_provenance(runs)]),
        ],
    )
    write_text(page, html)
    return page


class _Plan(NamedTuple):
    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]


def _planned(runs: Sequence[Run]) -> list[_Plan]:
    own = next(iter(own_measures([run.content for run in runs])), AUC)
    lines = 'one line a run' if len(runs) > 1 else 'one line a severity, darker is severer'
    measure, per_box = movement_of(runs), not of_one_size(runs)
    drawn = not per_box and all(run.content.get('intervals') for run in runs)
    whiskers = ' Thin lines are 95 % intervals over persons.' if drawn else ''
    return [
        _Plan(
            'movement_by_kind',
            'How far each kind of perturbation moves keypoints',
            f'Root mean square, averaged over severities.{whiskers}',
            lambda: draw.bars_by_kind(runs, measure),
        ),
        _Plan(
            'ruc',
            'RUC',
            f'Share of keypoints that moved at most P, averaged over kinds; {lines}. The start of '
            'a curve shows small trembling, its end how many keypoints were lost.',
            lambda: draw.ruc_curves(runs, per_box),
        ),
        _Plan(
            'r_table',
            f'{measure.title} by kind and severity',
            f'Lighter is better. Colours follow √{measure.title}, so equal steps of colour are '
            'equal distances.',
            lambda: draw.heat_table(runs, measure),
        ),
        _Plan(
            'accuracy_table',
            f'{own.title} by kind and severity',
            own.meaning,
            lambda: draw.heat_table(runs, own),
        ),
    ]


def _picture(runs: Sequence[Run], at: int, key: tuple[str, int, str]) -> _Plan:
    def drawn() -> Figure:
        return draw_example({run.name: find_example(run, key) for run in runs}, runs[0].skeleton)

    return _Plan(f'picture_{at:02d}', title_of(key), '', drawn)


def _title(runs: Sequence[Run]) -> str:
    dataset = runs[0].content['dataset']['name']
    if len(runs) == 1:
        return f'How stable is {runs[0].name} on {dataset}?'
    return f'Which is stabler on {dataset}: {" or ".join(run.name for run in runs)}?'


def _lead(runs: Sequence[Run]) -> str:
    content = runs[0].content
    counted = 'all' if content['settings']['count_unlabelled'] else 'labelled'
    places = dict.fromkeys(run.content['settings']['perturb_at'] for run in runs)
    places = ' or '.join({'crop': 'input crop', 'image': 'whole image'}[place] for place in places)
    return (
        f'{content["dataset"]["samples"]} samples, {len(runs[0].kinds)} kinds of perturbation at '
        f'severities {", ".join(map(str, runs[0].severities))}, applied to the {places}; '
        f'{counted} keypoints counted.'
    )


def _six(runs: Sequence[Run]) -> str:
    best = ' ★ marks the best where a direction is better.' if len(runs) > 1 else ''
    persons = runs[0].interval('persons')
    ranges = f' Brackets: 95 % intervals over {persons} persons.' if persons else ''
    return f'Means over {len(runs[0].cells)} kinds × severities.{ranges}{best}'


def _summary(names: Sequence[str], rows: Sequence[SummaryRow], caption: str) -> Table:
    return Table(
        ['Measure', *names],
        [
            [
                Entry(row.title, row.meaning),
                *(
                    Entry(text, below, best=at in row.best)
                    for at, (text, below) in enumerate(zip(row.shown, row.below, strict=True))
                ),
            ]
            for row in rows
        ],
        caption,
    )


def _differences(runs: Sequence[Run]) -> list[Table]:
    if len(runs) == 1:
        return []
    rows = [
        [Entry(found.title, name), Entry(found.shown, found.range), found.verdict]
        for name, found in differences(runs)
    ]
    caption = f'Each run less {runs[0].name}, on the same persons, with 95 % intervals.'
    return [Table(['Measure', 'difference', 'verdict'], rows, caption, texts=(0, 2))]


def _cells(runs: Sequence[Run]) -> Table:
    measures = measures_of([run.content for run in runs])
    several = len(runs) > 1
    rows = []
    for cells in zip(*([run.content['clean'], *run.content['cells']] for run in runs), strict=True):
        for run, cell in zip(runs, cells, strict=True):
            values = [(measure.read(cell), measure) for measure in measures]
            rows.append(
                [
                    readable(cell['kind']),
                    Entry(str(cell['severity']), value=cell['severity']),
                    *([run.name] if several else []),
                    *(Entry(m.show(v), value='' if v is None else v) for v, m in values),
                ]
            )
    head = ['kind', 'severity', *(['run'] if several else []), *(m.label for m in measures)]
    return Table(head, rows, texts=(0, 2) if several else (0,), sortable=True)


def _provenance(runs: Sequence[Run]) -> Table:
    flat = [_flat(run.content) for run in runs]
    rows = []
    for title in dict.fromkeys(title for content in flat for title in content):
        shown = [content.get(title, '–') for content in flat]
        rows.append([f'{title}{" ≠" if len(set(shown)) > 1 else ""}', *shown])
    caption = '≠ marks what differs between the runs.' if len(runs) > 1 else ''
    head = ['Setting', *(run.name for run in runs)]
    return Table(head, rows, caption, texts=range(len(head)))


def _flat(content: Mapping[str, Any]) -> dict[str, str]:
    flat = {
        f'{part}: {key}': value
        for part in _PARTS
        for key, value in content[part].items()
        if key != 'skeleton'
    }
    flat['fingerprint of the run'] = content['fingerprint']
    return {title: _words(value) for title, value in flat.items()}


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ', '.join(map(str, value))
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    return '–' if value is None else str(value)


def _pictures_text(runs: Sequence[Run], any_picture: bool) -> str:
    absent = [run.name for run in runs if run.examples is None]
    if absent:
        return f'Not shown: {EXAMPLES_FILE} is not beside the result of {", ".join(absent)}.'
    if not any_picture:
        return 'Not shown: the runs kept no picture in common.'
    text = (
        'Each white line joins the two predictions of one keypoint. Labels are drawn where a '
        'keypoint is labelled.'
    )
    without = [run.name for run in runs if 'clean_maps' not in run.examples]
    if len(without) < len(runs):
        text += (
            ' The heatmaps are the largest of all keypoints, each divided by its own maximum and '
            'stretched over the picture.'
        )
    if without:
        text += f' No heatmaps are shown of {", ".join(without)}: the model has none.'
    return text
