"""Parts of a text that a tool writes, between two comments."""

from __future__ import annotations


def marks(name: str, tool: str) -> tuple[str, str]:
    """Return the comments before and behind the part ``name`` that ``tool`` writes."""
    return f'<!-- {name}: written by {tool} -->', f'<!-- /{name} -->'


def replace_marked(text: str, content: str, begin: str, end: str) -> str:
    """Return a text whose part between two marks is ``content``.

    Raises:
        ValueError: The marks are not there.
    """
    if begin not in text or end not in text:
        raise ValueError(f'expected the marks {begin!r} and {end!r} in the text')
    before, rest = text.split(begin)
    return f'{before}{begin}\n{content.rstrip()}\n{end}{rest.split(end)[1]}'
