"""The numbers of whole runs side by side, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from mmpose_stable.robustness.intervals import Interval
from mmpose_stable.robustness.measures import AUC_BOX, R_BOX, RUC, UNMOVED, Measure, R, mean_of
from mmpose_stable.robustness.report.runs import Run, maps_compare
from mmpose_stable.robustness.report.verdicts import untrustworthy
from mmpose_stable.robustness.shown_measures import measures_of, own_measures


@dataclass(frozen=True)
class SummaryRow:
    """One number of each run.

    Attributes:
        best: Positions of the best runs; empty for a single run, where all are equal, or where
            neither direction is better in itself.
        below: Of each run the root of a square and the interval, or an empty text.
    """

    title: str
    shown: tuple[str, ...]
    best: frozenset[int]
    meaning: str
    below: tuple[str, ...]


def headline_rows(runs: Sequence[Run]) -> list[SummaryRow]:
    """Return the six numbers that say most: movement four times, accuracy clean and perturbed.

    Accuracy is the data set's first metric with a known better end, else AUC in shares of the box.
    For models that can lose a person, the share that they lose stands for the share unmoved.
    """
    contents = [run.content for run in runs]
    lost = [measure for measure in measures_of(contents) if measure.entry.startswith('lost')]
    rows = [_overall(runs, measure) for measure in (R, R_BOX, RUC, *(lost[:1] or [UNMOVED]))]
    accuracy = next((measure for measure in own_measures(contents) if measure.better), None)
    if accuracy is None:
        return [*rows, _clean(runs, AUC_BOX), _overall(runs, AUC_BOX, ', perturbed')]
    return [*rows, *_performance(runs, accuracy)[:2]]


def summary_rows(runs: Sequence[Run]) -> list[SummaryRow]:
    """Return every number: means over all cells, and of the data set's metrics mPC and rPC."""
    contents = [run.content for run in runs]
    rows = []
    for measure in measures_of(contents):
        if measure.own:
            continue
        if measure.of_maps and not maps_compare(runs):
            measure = replace(measure, better='')
        has_clean = any(measure.read(content['clean']) is not None for content in contents)
        rows += [_clean(runs, measure)] if has_clean else []
        rows.append(_overall(runs, measure, ', perturbed' if has_clean else ''))
    for measure in own_measures(contents):
        rows += _performance(runs, measure)
    return rows


_PERFORMANCE = {
    'clean': "The data set's metric on the clean pictures, as its evaluator defines it.",
    'mPC': "The data set's metric, averaged over all kinds and severities.",
    'rPC': 'mPC divided by the clean value.',
}


def _clean(runs: Sequence[Run], measure: Measure) -> SummaryRow:
    values = [measure.read(run.content['clean']) for run in runs]
    ranges = [run.interval('clean', measure.entry) for run in runs]
    return _row(runs, measure, f'{measure.label}, clean', values, ranges)


def _overall(runs: Sequence[Run], measure: Measure, words: str = '') -> SummaryRow:
    values = [mean_of(measure, run.content['cells']) for run in runs]
    ranges = [run.interval('overall', measure.entry) for run in runs]
    return _row(runs, measure, f'{measure.label}{words}', values, ranges)


def _performance(runs: Sequence[Run], measure: Measure) -> list[SummaryRow]:
    rows = []
    for key, words in _PERFORMANCE.items():
        # Of errors the share that is left, rPC, is better lower as well.
        form = '{:.1%}' if key == 'rPC' else measure.form
        shown = replace(measure, form=form, meaning=words)
        values = [run.content['summary']['performance'][measure.entry][key] for run in runs]
        title = f'{measure.title}, {key}' + ' (lower is better)' * (measure.better == 'lower')
        rows.append(_row(runs, shown, title, values, [None] * len(runs), excluded=()))
    return rows


def _row(
    runs: Sequence[Run],
    measure: Measure,
    title: str,
    values: Sequence[float | None],
    ranges: Sequence[Interval | None],
    excluded: Container[int] | None = None,
) -> SummaryRow:
    excluded = untrustworthy(runs) if excluded is None else excluded
    shown = tuple(measure.show(value) for value in values)
    best = _best(measure, values, shown)
    # Where the best is worth nothing no other run is best either.
    best = frozenset() if any(at in excluded for at in best) else best
    below = []
    for value, found in zip(values, ranges, strict=True):
        root = measure.show_root(value)
        parts = [measure.show_range(found), f'√ {root}' if root else '']
        below.append(', '.join(filter(None, parts)))
    return SummaryRow(title, shown, best, measure.meaning, tuple(below))


def _best(measure: Measure, values: Sequence[float | None], shown: Sequence[str]) -> frozenset[int]:
    known = [value for value in values if value is not None]
    # Runs whose numbers read the same are equal to a reader.
    if len(known) < 2 or not measure.better or len(set(shown)) == 1:
        return frozenset()
    best = measure.show(min(known) if measure.better == 'lower' else max(known))
    return frozenset(at for at, text in enumerate(shown) if text == best)
