"""One self-contained HTML page: answers and one figure first, details folded below."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

# Pictures are drawn with this many pixels for one of the page's, to stay sharp on fine screens.
_PIXEL_RATIO = 1.25


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page."""

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


class Answer(NamedTuple):
    """A question of the first screen and its answer, in paragraphs; `code` in backticks."""

    question: str
    text: Sequence[str]


class Entry(NamedTuple):
    """What a table has in one place: a text, one below it, and the number to sort by."""

    text: str
    below: str = ''
    value: Any = ''
    best: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose first column says what a row is.

    Attributes:
        rows: Of each row an :class:`Entry` or a text for each column.
        texts: Positions of columns that hold words, not numbers.
        sortable: Whether the titles are buttons that sort.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Entry | str]]
    caption: str = ''
    texts: Sequence[int] = (0,)
    sortable: bool = False

    @property
    def entries(self) -> list[list[Entry]]:
        """The rows with plain texts made entries."""
        return [
            [entry if isinstance(entry, Entry) else Entry(entry, value=entry) for entry in row]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Section:
    """A part of the page that can be folded."""

    title: str
    text: str = ''
    tables: Sequence[Table] = ()
    figures: Sequence[PageFigure] = ()
    unfolded: bool = False


def render_page(
    title: str,
    lead: str,
    notes: Sequence[str],
    answers: Sequence[Answer],
    figure: PageFigure,
    headline: Sequence[Table],
    sections: Sequence[Section],
) -> str:
    """Return a page as HTML that needs no other file and no network."""
    environment = Environment(
        loader=PackageLoader('mmpose_stable.robustness.report'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(breakable=_breakable, marked=_marked)
    return environment.get_template('page.html.j2').render(
        title=title,
        lead=lead,
        notes=notes,
        answers=answers,
        figure=figure,
        headline=headline,
        sections=sections,
    )


def _breakable(text: str) -> Markup:
    """Let long names of configs wrap where a reader would."""
    return Markup(re.sub(r'(?<=\w)([_/]|-(?=\w))', r'\1<wbr>', str(escape(text))))


def _marked(text: str) -> Markup:
    """Set what stands in backticks as code, which does not wrap, and let the rest wrap."""
    parts = text.split('`')
    return Markup('').join(
        Markup('<code>{}</code>').format(part) if at % 2 else _breakable(part)
        for at, part in enumerate(parts)
    )
