"""Pages that need no other file and no network. Their words stand in ``templates``."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmpose_stable.files import write_text
from mmpose_stable.robustness import measures
from mmpose_stable.robustness.report import verdicts
from mmpose_stable.robustness.report.figures import bars_by_kind, ruc_curves
from mmpose_stable.robustness.report.pictures import common_examples, draw_example
from mmpose_stable.robustness.report.runs import Run, kinds_worst_first, load_run
from mmpose_stable.robustness.report.style import readable, write_png
from mmpose_stable.robustness.report.table import Entry, accuracy_of, every_cell, headline_rows

PAGE_FILE = 'report.html'


class PageFigure(NamedTuple):
    """A figure of a page."""

    title: str
    caption: str
    png: bytes
    wide: bool = False


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
    out, (movement, _) = folder / 'figures', verdicts.movement_of(runs)
    bars = PageFigure(
        'How far each kind of perturbation moves keypoints',
        'Root mean square, averaged over severities. Thin lines of √R are 95 % intervals.',
        write_png(out / 'movement_by_kind.png', bars_by_kind(runs, movement)),
    )
    curves = PageFigure(
        'RUC',
        'Share of keypoints that moved at most P, averaged over kinds. The start of a curve shows '
        'small trembling, its end how many keypoints were lost.',
        write_png(out / 'ruc.png', ruc_curves(runs, per_box=movement is not measures.R)),
    )
    environment = Environment(
        loader=PackageLoader('mmpose_stable.robustness.report'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters |= {
        'readable': readable,
        'base64': lambda content: base64.b64encode(content).decode(),
    }
    html = environment.get_template('page.html.j2').render(
        title=title or _question(runs),
        runs=runs,
        run=runs[0],
        notes=[
            *verdicts.untrustworthy(runs).values(),
            *notes,
            *verdicts.few_persons(runs[0]),
        ],
        m=measures,
        verdicts=verdicts,
        kinds=kinds_worst_first(runs, verdicts.deciding_of(runs)),
        metric=accuracy_of(runs),
        harm=_harm,
        bars=bars,
        curves=curves,
        pictures=_pictures(runs, out),
        first=first,
        headline=headline_rows(runs),
        differences=[
            [Entry(found.title, name), Entry(found.shown, found.range), Entry(found.verdict)]
            for name, found in verdicts.differences(runs)
        ],
        cells=every_cell(runs),
    )
    write_text(folder / file_name, html)
    return folder / file_name


def _question(runs: Sequence[Run]) -> str:
    dataset, names = runs[0].content['dataset']['name'], ' or '.join(run.name for run in runs)
    one = f'How stable is {names} on {dataset}?'
    return one if len(runs) == 1 else f'Which is stabler on {dataset}: {names}?'


def _harm(run: Run, **where: Any) -> str:
    """Return what some perturbations do: the share of persons that they lose, and √R."""
    lost = f'{measures.LOST.show(run.mean(measures.LOST, **where))} lost' * run.finds_persons
    moved = measures.R.show_root(run.mean(measures.R, **where))
    return ', '.join(filter(None, [lost, moved])) or 'unknown'


def _pictures(runs: Sequence[Run], out: Path) -> list[PageFigure]:
    # A run that kept fewer pictures must not stand beside some of an earlier one.
    for old in out.glob('picture_[0-9][0-9].png'):
        old.unlink()
    names, drawn = [run.name for run in runs], []
    skeleton = [tuple(link) for link in runs[0].content['dataset']['skeleton']]
    for (kind, severity, sample), examples in common_examples(runs).items():
        figure = draw_example(dict(zip(names, examples, strict=True)), skeleton)
        png = write_png(out / f'picture_{len(drawn):02d}.png', figure)
        title = f'{readable(kind)}, severity {severity}, sample {sample}'
        drawn.append(PageFigure(title, '', png))
    return drawn
