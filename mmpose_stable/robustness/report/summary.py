"""The numbers of whole runs side by side, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from mmpose_stable.robustness.measures import Measure, mean_of, measures_of, own_measures
from mmpose_stable.robustness.report.runs import Run, maps_compare
from mmpose_stable.robustness.report.style import readable
from mmpose_stable.robustness.report.warnings import untrustworthy


@dataclass(frozen=True)
class SummaryRow:
    """One number of each run.

    Attributes:
        title: What it is, with its unit.
        shown: The number of each run as text.
        best: Positions of the best runs; empty for a single run, where all are equal, or where
            neither direction is better in itself.
        meaning: One sentence.
    """

    title: str
    shown: tuple[str, ...]
    best: frozenset[int]
    meaning: str


def summary_rows(runs: Sequence[Run]) -> list[SummaryRow]:
    """Return the means over all cells, and of the data set's metrics clean value, mPC and rPC."""
    contents = [run.content for run in runs]
    own = own_measures(contents)
    rows = []
    of_one_size = maps_compare(runs)
    excluded = untrustworthy(runs)
    for measure in measures_of(contents):
        if measure.own:
            continue
        if measure.of_maps and not of_one_size:
            measure = replace(measure, better='')
        clean = [measure.read(content['clean']) for content in contents]
        has_clean = any(value is not None for value in clean)
        if has_clean:
            rows.append(_row(measure, f'{measure.label}, clean', clean, measure.meaning, excluded))
        means = [mean_of(measure, content['cells']) for content in contents]
        title = f'{measure.label}, perturbed' if has_clean else measure.label
        rows.append(_row(measure, title, means, measure.meaning, excluded))
    rows += _certified(runs)
    for measure in own:
        performance = [content['summary']['performance'][measure.entry] for content in contents]
        for key, words, form in (
            ('clean', 'clean', measure.form),
            ('mPC', 'mPC', measure.form),
            ('rPC', 'rPC', '{:.1%}'),
        ):
            # Of errors the share that is left, rPC, is better lower as well.
            shown = Measure(measure.entry, measure.title, '', form, measure.better, '')
            values = [row[key] for row in performance]
            title = f'{measure.title}, {words}' + ' (lower is better)' * (measure.better == 'lower')
            rows.append(_row(shown, title, values, _PERFORMANCE[key]))
    return rows


def kind_rows(runs: Sequence[Run], measure: Measure) -> list[SummaryRow]:
    """Return a measure of each kind, averaged over severities."""
    return [
        _row(
            measure,
            f'{measure.label}, {readable(kind)}',
            [mean_of(measure, run.cells_of(kind)) for run in runs],
            measure.meaning,
            untrustworthy(runs),
        )
        for kind in runs[0].kinds
    ]


_PERFORMANCE = {
    'clean': "The data set's metric on the clean pictures.",
    'mPC': "The data set's metric, averaged over all kinds and severities.",
    'rPC': 'mPC divided by the clean value.',
}


def _row(
    measure: Measure,
    title: str,
    values: Sequence[float | None],
    meaning: str,
    excluded: Container[int] = (),
) -> SummaryRow:
    shown = tuple(measure.show(value) for value in values)
    best = _best(measure, values, shown)
    # Where the best is worth nothing no other run is best either.
    best = frozenset() if any(at in excluded for at in best) else best
    return SummaryRow(title, shown, best, meaning)


def _best(measure: Measure, values: Sequence[float | None], shown: Sequence[str]) -> frozenset[int]:
    known = [value for value in values if value is not None]
    # Runs whose numbers read the same are equal to a reader.
    if len(known) < 2 or not measure.better or len(set(shown)) == 1:
        return frozenset()
    best = measure.show(min(known) if measure.better == 'lower' else max(known))
    return frozenset(at for at, text in enumerate(shown) if text == best)


def _certified(runs: Sequence[Run]) -> list[SummaryRow]:
    counts = []
    for run in runs:
        moved = [cell.get('certified_moved') for cell in run.content['cells']]
        counts.append('–' if None in moved else str(sum(moved)))
    if all(count == '–' for count in counts):
        return []
    return [
        SummaryRow(
            'certified, yet moved',
            tuple(counts),
            frozenset(),
            'Heatmaps of which the theorem was wrong; always 0.',
        )
    ]
