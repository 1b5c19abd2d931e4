"""One self-contained HTML page: answers and one figure first, details folded below."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape


class PageFigure(NamedTuple):
    """A figure of the page."""

    title: str
    caption: str
    png: bytes
    wide: bool = False


class Answer(NamedTuple):
    """A question of the first screen and its answer, in paragraphs; `code` in backticks."""

    question: str
    text: Sequence[str]


class Entry(NamedTuple):
    """What a table has in one place: a text, one below it, and whether it is the best."""

    text: str
    below: str = ''
    best: bool = False


class Table(NamedTuple):
    """A table whose first column says what a row is.

    Attributes:
        rows: Of each row an :class:`Entry` or a text for each column.
        texts: Positions of columns that hold words, not numbers.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Entry | str]]
    caption: str = ''
    texts: Sequence[int] = (0,)


class Section(NamedTuple):
    """A part of the page that can be folded."""

    title: str
    text: str = ''
    tables: Sequence[Table] = ()
    figures: Sequence[PageFigure] = ()
    unfolded: bool = False


def render_page(**parts: Any) -> str:
    """Return a page as HTML that needs no other file and no network.

    Args:
        parts: ``title``, ``lead`` and ``notes`` as texts, ``answers`` (:class:`Answer`), one
            ``figure``, ``headline`` (:class:`Table`) and ``sections``.
    """
    environment = Environment(
        loader=PackageLoader('mmpose_stable.robustness.report'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(breakable=_breakable, marked=_marked, base64=_base64)
    return environment.get_template('page.html.j2').render(parts)


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


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
