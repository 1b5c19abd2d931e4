"""One self-contained HTML page of one result or of several."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mmpose_stable.robustness.measures import measures_of
from mmpose_stable.robustness.report.runs import Run
from mmpose_stable.robustness.report.style import readable
from mmpose_stable.robustness.report.summary import summary_rows

# Pictures are drawn with this many pixels for one of the page's, to stay sharp on fine screens.
_PIXEL_RATIO = 1.25
_PARTS = ('model', 'dataset', 'settings', 'versions', 'hashes')


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page.

    Attributes:
        title: A few words, also said to those who cannot see the picture.
        caption: How to read it.
        png: The file's bytes.
        wide: Whether it takes the page's whole width.
    """

    title: str
    caption: str
    png: bytes
    wide: bool = False

    @property
    def base64(self) -> str:
        """The picture as text."""
        return base64.b64encode(self.png).decode()

    @property
    def width(self) -> int:
        """Width on the page."""
        return round(self._size[0] / _PIXEL_RATIO)

    @property
    def height(self) -> int:
        """Height on the page."""
        return round(self._size[1] / _PIXEL_RATIO)

    @property
    def _size(self) -> tuple[int, int]:
        # A PNG starts with eight bytes of signature and the header chunk: length, type, size.
        return struct.unpack('>II', self.png[16:24])


def render_page(
    runs: Sequence[Run],
    notes: Sequence[str],
    figures: Sequence[PageFigure],
    pictures: Sequence[PageFigure],
    pictures_text: str,
    title: str | None = None,
) -> str:
    """Return the page as HTML that needs no other file and no network.

    Args:
        runs: At least one, with equal cells.
        notes: What a reader has to know before comparing.
        figures: Figures of numbers.
        pictures: Clean against perturbed pictures.
        pictures_text: How to read these, or why there are none.
        title: By default made of the runs' names.
    """
    environment = Environment(
        loader=PackageLoader('mmpose_stable.robustness.report'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    columns, rows = _cells(runs)
    return environment.get_template('page.html.j2').render(
        title=title or _title(runs),
        lead=_lead(runs),
        notes=notes,
        names=[run.name for run in runs],
        cell_count=len(runs[0].cells),
        summary=summary_rows(runs),
        figures=figures,
        pictures=pictures,
        pictures_text=pictures_text,
        columns=columns,
        rows=rows,
        provenance=_provenance(runs),
    )


def _title(runs: Sequence[Run]) -> str:
    dataset = runs[0].content['dataset']['name']
    who = runs[0].name if len(runs) == 1 else f'{len(runs)} runs'
    return f'Robustness of {who} on {dataset}'


def _lead(runs: Sequence[Run]) -> str:
    content = runs[0].content
    settings = content['settings']
    counted = 'all' if settings['count_unlabelled'] else 'labelled'
    places = dict.fromkeys(run.content['settings']['perturb_at'] for run in runs)
    places = ' or '.join({'crop': 'input crop', 'image': 'whole image'}[place] for place in places)
    return (
        f'{content["dataset"]["samples"]} samples, {len(runs[0].kinds)} kinds of perturbation at '
        f'severities {", ".join(map(str, runs[0].severities))}, applied to the {places}; '
        f'{counted} keypoints counted.'
    )


def _cells(runs: Sequence[Run]) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    measures = measures_of([run.content for run in runs])
    several = len(runs) > 1
    columns = [
        {'title': 'kind', 'numeric': False},
        {'title': 'severity', 'numeric': True},
        *([{'title': 'run', 'numeric': False}] if several else []),
        *({'title': measure.label, 'numeric': True} for measure in measures),
    ]
    by_run = [[run.content['clean'], *run.content['cells']] for run in runs]
    rows = []
    for cells in zip(*by_run, strict=True):
        for run, cell in zip(runs, cells, strict=True):
            row = [_entry(readable(cell['kind'])), _entry(cell['severity'])]
            row += [_entry(run.name)] if several else []
            row += [_entry(m.read(cell), m.show(m.read(cell))) for m in measures]
            rows.append(row)
    return columns, rows


def _entry(value: Any, text: str | None = None) -> dict[str, Any]:
    return {'value': '' if value is None else value, 'text': str(value) if text is None else text}


def _provenance(runs: Sequence[Run]) -> list[dict[str, Any]]:
    rows = []
    flat = [_flat(run.content) for run in runs]
    for title in dict.fromkeys(title for content in flat for title in content):
        shown = [content.get(title, '–') for content in flat]
        rows.append({'title': title, 'shown': shown, 'differs': len(set(shown)) > 1})
    return rows


def _flat(content: Mapping[str, Any]) -> dict[str, str]:
    flat = {f'{part}: {key}': value for part in _PARTS for key, value in content[part].items()}
    flat['fingerprint of the run'] = content['fingerprint']
    return {title: _words(value) for title, value in flat.items()}


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ', '.join(map(str, value))
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    return '–' if value is None else str(value)
