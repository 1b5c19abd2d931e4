"""From result files to figures and a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure
from tqdm import tqdm

from mmpose_stable.files import whole_file
from mmpose_stable.robustness.examples import EXAMPLES_FILE
from mmpose_stable.robustness.measures import AUC, R_BOX, R, own_measures
from mmpose_stable.robustness.report import figures as draw
from mmpose_stable.robustness.report.page import PageFigure, render_page
from mmpose_stable.robustness.report.pictures import (
    common_examples,
    draw_example,
    find_example,
    title_of,
)
from mmpose_stable.robustness.report.runs import Run, load_run
from mmpose_stable.robustness.report.style import write_png
from mmpose_stable.robustness.report.warnings import untrustworthy

PAGE_FILE = 'report.html'
FIGURES_FOLDER = 'figures'


def write_report(folder: Path) -> Path:
    """Draw and write the report of one run into its own folder.

    Args:
        folder: Holds ``robustness.json``, and ``examples.npz`` for the pictures.

    Returns:
        The page. The same figures are in ``figures/`` beside it.

    Raises:
        ResultFileError: A result file is missing, cut off or of another kind.
    """
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
        runs: What :func:`.runs.align` returns, or a single run.
        notes: What a reader has to know before comparing.
        folder: Where they go.
        file_name: The page's.
        title: The page's; by default the runs decide.
        first: Figures that stand before the others.

    Returns:
        The page. The same figures are in ``figures/`` beside it.
    """
    keys = common_examples(runs)
    planned = _planned(runs)
    out = folder / FIGURES_FOLDER
    # A run that kept fewer pictures must not stand beside some of an earlier one.
    for old in out.glob('picture_[0-9][0-9].png'):
        old.unlink()
    shown, pictures = list(first), []
    with tqdm(total=len(planned) + len(keys), desc='report', unit='figure') as progress:
        for plan in planned:
            png = write_png(out / f'{plan.name}.png', plan.draw())
            shown.append(PageFigure(plan.title, plan.caption, png, plan.wide))
            progress.update()
        for at, key in enumerate(keys):
            figure = draw_example({run.name: find_example(run, key) for run in runs})
            png = write_png(out / f'picture_{at:02d}.png', figure)
            pictures.append(PageFigure(title_of(key), '', png, wide=len(runs) > 1))
            progress.update()
    page = folder / file_name
    html = render_page(
        runs,
        [*untrustworthy(runs).values(), *notes],
        shown,
        pictures,
        _pictures_text(runs, bool(keys)),
        title,
    )
    with whole_file(page) as temporary:
        temporary.write_text(html, encoding='utf-8')
    return page


class _Plan(NamedTuple):
    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]
    wide: bool = False


def _planned(runs: Sequence[Run]) -> list[_Plan]:
    own = next(iter(own_measures([run.content for run in runs])), AUC)
    lines = 'one line a run' if len(runs) > 1 else 'one line a severity, darker is severer'
    table = (
        'Lighter is better. Colours follow the square root of R, so equal steps of colour are '
        'equal distances.'
    )
    return [
        _Plan(
            'r_by_kind',
            'R by kind, in input pixels',
            R.meaning,
            lambda: draw.bars_by_kind(runs, R),
        ),
        _Plan(
            'r_box_by_kind',
            'R by kind, as a share of the box',
            R_BOX.meaning,
            lambda: draw.bars_by_kind(runs, R_BOX),
        ),
        _Plan(
            'ruc',
            'RUC',
            f'Share of keypoints that moved at most P, averaged over kinds; {lines}.',
            lambda: draw.ruc_curves(runs),
        ),
        _Plan(
            'ruc_box',
            'RUC, relative to the box',
            f'The same with P as a share of the longer side of the box; {lines}.',
            lambda: draw.ruc_curves(runs, per_box=True),
        ),
        _Plan(
            'ruc_by_kind',
            'RUC of each kind',
            f'{lines.capitalize()}.',
            lambda: draw.ruc_by_kind(runs),
            wide=True,
        ),
        _Plan(
            'r_table',
            'R by kind and severity',
            table,
            lambda: draw.heat_table(runs, R),
            wide=len(runs) > 1,
        ),
        _Plan(
            'accuracy_table',
            f'{own.title} by kind and severity',
            own.meaning,
            lambda: draw.heat_table(runs, own),
            wide=len(runs) > 1,
        ),
    ]


def _pictures_text(runs: Sequence[Run], any_picture: bool) -> str:
    absent = [run.name for run in runs if run.examples is None]
    if absent:
        return f'Not shown: {EXAMPLES_FILE} is not beside the result of {", ".join(absent)}.'
    if not any_picture:
        return 'Not shown: the runs kept no picture in common.'
    text = (
        'Each line joins the two predictions of one keypoint. Labels are drawn where a keypoint '
        'is labelled.'
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
