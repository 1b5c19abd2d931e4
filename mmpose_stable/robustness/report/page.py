"""Self-contained HTML pages. Their words stand in ``templates``, one template a kind of page."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mmpose_stable.robustness.report.style import readable


class PageFigure(NamedTuple):
    """A figure of a page."""

    title: str
    caption: str
    png: bytes
    wide: bool = False


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
    texts: Sequence[int] = (0,)


def render_page(template: str, **parts: Any) -> str:
    """Return a page as HTML that needs no other file and no network.

    Args:
        template: ``runs.html.j2`` or ``jitter.html.j2``.
        parts: What its words and tables are made of.
    """
    environment = Environment(
        loader=PackageLoader('mmpose_stable.robustness.report'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        breakable=_breakable,
        readable=readable,
        percent=percent,
        base64=lambda content: base64.b64encode(content).decode(),
    )
    return environment.get_template(template).render(parts)


def percent(value: float) -> str:
    """Return a small share as text; a dash for NaN."""
    return f'{100 * value:.3f}\u00a0%' if np.isfinite(value) else '–'


def _breakable(text: str) -> Markup:
    """Let long names of configs wrap where a reader would."""
    return Markup(re.sub(r'(?<=\w)([_/]|-(?=\w))', r'\1<wbr>', str(escape(text))))
