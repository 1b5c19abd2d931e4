"""Which perturbations a run covers."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mmpose_stable.perturbations import EVERY_KIND, resolve_kinds, resolve_severities
from mmpose_stable.perturbations.boxes import BOX_KINDS


class Cell(NamedTuple):
    """One column of a result: a kind of perturbation at one severity."""

    kind: str
    severity: int


CLEAN = Cell('clean', 0)
_BOXES = {'boxes': tuple(BOX_KINDS), **{kind: (kind,) for kind in BOX_KINDS}}


def cells_of(kinds: Iterable[str], severities: Iterable[int]) -> list[Cell]:
    """Return the columns of a table as cells, the clean pictures first."""
    pairs = zip(kinds, severities, strict=True)
    return [Cell(str(kind), int(severity)) for kind, severity in pairs]


def select_cells(
    kinds: str | Sequence[str], severities: str | int | Sequence[int]
) -> tuple[Cell, ...]:
    """Return every (kind, severity) of a run in the table's order, kind by kind.

    Args:
        kinds: Groups (``held-out``, ``train``, ``all``, ``coco-c``, ``posebench``, ``boxes``) and
            names, joined by commas or as a sequence.
        severities: A number, numbers joined by commas, or a sequence of them.

    Raises:
        ValueError: An unknown kind, a severity outside of 1..5, or none at all.
    """
    if isinstance(severities, str):
        try:
            severities = [int(part) for part in severities.split(',')]
        except ValueError as error:
            raise ValueError(
                f'severities: expected numbers from 1 to 5 joined by commas, got {severities!r}'
            ) from error
    levels = sorted(resolve_severities(severities))
    chosen = resolve_kinds(kinds, _BOXES)
    order = (*EVERY_KIND, *BOX_KINDS)
    return tuple(Cell(kind, level) for kind in order if kind in chosen for level in levels)
