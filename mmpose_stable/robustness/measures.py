"""Every number of a result, declared once: log, JSON, terminal, figures, pages and comparison read
this table.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def defined(value: float | None) -> float | None:
    """Return a number as a float, None for NaN and infinities.

    None also for -1, by which COCO's metrics say that no label is of the kind they are about ("AP
    (M)" without a person of medium size). Nothing that is measured can be negative.
    """
    if value is None or not math.isfinite(value) or value == -1:
        return None
    return float(value)


@dataclass(frozen=True)
class Measure:
    """One number of a (kind, severity) cell.

    Attributes:
        entry: Key in the cell of ``robustness.json``, or in its ``metrics`` if ``own``.
        title: Short name.
        unit: Unit, empty for shares.
        form: How a value is shown.
        better: ``lower`` or ``higher``; empty where neither is better in itself.
        log: Name of its mean in the runner's log; empty where it is neither logged nor printed.
        own: Whether it is a metric of the data set rather than of this package.
        rare: Whether it is shown only where it is not 0.
    """

    entry: str
    title: str
    unit: str
    form: str
    better: str
    log: str = ''
    own: bool = False
    rare: bool = False

    @property
    def meaning(self) -> str:
        """What it measures, in one or two sentences."""
        return "A metric of the data set's own." if self.own else MEANINGS[self.entry]

    @property
    def label(self) -> str:
        """Title with its unit."""
        return f'{self.title} ({self.unit})' if self.unit else self.title

    def read(self, cell: Mapping[str, Any]) -> float | None:
        """Return the value in a cell, None where it has none."""
        return defined((cell['metrics'] if self.own else cell).get(self.entry))

    def show(self, value: float | None) -> str:
        """Return the value as text."""
        return '–' if defined(value) is None else self.form.format(value)

    def show_root(self, value: float | None) -> str:
        """Return the root of a square, a length that people can picture; empty for others."""
        if defined(value) is None or not self.unit.endswith('²'):
            return ''
        root = math.sqrt(value)
        return f'{root:.1%} of the box' if self.unit == 'box²' else f'{root:.1f} px'

    def show_change(self, value: float) -> str:
        """Return a difference as text, with its sign."""
        return self.form.replace('{:', '{:+').format(value).replace('-', '−')

    def show_range(self, found: Sequence[float] | None, signed: bool = False) -> str:
        """Return an interval as text, ``[1.20, 3.40]``; empty for None."""
        show = self.show_change if signed else self.form.format
        return f'[{", ".join(show(end) for end in found)}]' if found is not None else ''


# entry, title, unit, form, better end, name in the log
R = Measure('r', 'R', 'px²', '{:.2f}', 'lower', 'R')
R_BOX = Measure('r_box', 'R box', 'box²', '{:.5f}', 'lower', 'R_box')
RUC = Measure('ruc_area', 'RUC area', '', '{:.3f}', 'higher', 'RUC')
RUC_BOX = Measure('ruc_box_area', 'RUC box area', '', '{:.3f}', 'higher')
UNMOVED = Measure('unmoved_share', 'unmoved', '', '{:.1%}', '', 'unmoved')
AUC_BOX = Measure('auc_box', 'AUC in shares of the box', '', '{:.3f}', 'higher')
VARIETY = Measure('variety', 'variety', '', '{:.2f}', '')
LOST = Measure('lost_share', 'lost', '', '{:.1%}', 'lower', 'lost')
NEW = Measure('new_share', 'new', '', '{:.1%}', 'lower', 'new')
MEASURES = (
    R,
    R_BOX,
    RUC,
    RUC_BOX,
    UNMOVED,
    Measure('auc', 'AUC in input px', '', '{:.3f}', 'higher', 'AUC'),
    AUC_BOX,
    VARIETY,
    Measure('spread', 'D_n', 'heatmap px²', '{:.1f}', 'lower', 'D_n'),
    Measure('gap', 'D(1)(2)', '', '{:.4f}', 'higher', 'D12'),
    Measure('empty_share', 'empty maps', '', '{:.1%}', 'lower', rare=True),
    Measure('peak_moved_share', 'peaks moved', '', '{:.1%}', 'lower'),
    Measure('certified_share', 'certified', '', '{:.1%}', 'higher', 'certified'),
    LOST,
    NEW,
    Measure('certified_moved', 'certified, yet moved', '', '{:.2f}', 'lower', rare=True),
)
MEANINGS = {
    'r': 'Mean squared movement of a keypoint between the clean and the perturbed picture, in '
    "pixels of the network's input.",
    'r_box': "The same movement as a share of the longer side of the person's box: comparable "
    'between models of different input sizes.',
    'ruc_area': 'Share of keypoints that moved at most P pixels, averaged over P from 1 to the '
    'largest threshold.',
    'ruc_box_area': 'RUC area over thresholds that are shares of the box.',
    'unmoved_share': 'Share of keypoints that did not move at all. It says whether the decoder '
    'rounds to a grid more than whether the model is stable.',
    'auc': 'Share of labelled keypoints predicted at most P pixels of the input from the label, '
    'averaged over P from 0 to the largest threshold of RUC. The AUC of MMPose counts pixels of '
    'the photograph.',
    'auc_box': 'Share of labelled keypoints predicted near the label, averaged over thresholds '
    'that are shares of the box.',
    'variety': 'How much the predictions vary from picture to picture, as a share of the '
    "labels' variation. Near 0 the model predicts the same for every picture.",
    'spread': 'Summed squared distance of the 64 largest heatmap pixels from the largest.',
    'gap': 'Largest minus second largest value of a heatmap divided by its maximum.',
    'empty_share': 'Share of heatmaps without a positive value: they locate nothing, and what is '
    'located nowhere does not move either, so R and RUC flatter the model.',
    'peak_moved_share': 'Share of heatmaps whose largest pixel is another one than on the clean '
    'picture.',
    'certified_share': 'Share of heatmaps whose largest pixel provably stays, by the theorem '
    '(corrected).',
    'lost_share': 'Share of the persons predicted on the clean picture that no person predicted '
    'on the perturbed one matches. R leaves them out; in RUC their keypoints moved at every P.',
    'new_share': 'Share of the persons predicted on the perturbed picture that match no person '
    'of the clean one.',
    'certified_moved': 'Number of heatmaps of which the theorem was wrong; always 0.',
}


def mean_of(measure: Measure, cells: Sequence[Mapping[str, Any]]) -> float | None:
    """Average a measure over cells; None where one has no value, or there is no cell."""
    values = [measure.read(cell) for cell in cells]
    return None if not values or None in values else sum(values) / len(values)


def better_end(name: str) -> str:
    """Return whether a metric of MMPose is better ``higher`` or ``lower``; empty where not known.

    Args:
        name: As logged, such as ``coco/AP .5``, ``torso/Head PCK`` or ``NME``.
    """
    words = set(re.findall('[A-Za-z]+', name))
    if words & {'AP', 'AR', 'AUC', 'PCK', 'PCKh'}:
        return 'higher'
    return 'lower' if words & {'EPE', 'NME'} else ''


def own_measures(contents: Sequence[Mapping[str, Any]]) -> list[Measure]:
    """Return the data set's metrics that all results have, in the first one's order."""
    first, *others = ([*content['clean']['metrics']] for content in contents)
    return [
        Measure(name, f'{name} (data set)', '', '{:.4f}', better_end(name), own=True)
        for name in first
        if all(name in other for other in others)
    ]


def measures_of(contents: Sequence[Mapping[str, Any]]) -> list[Measure]:
    """Return the measures of which some result has a value, the data set's own at the end."""
    cells = [cell for content in contents for cell in (content['clean'], *content['cells'])]
    measures = [*MEASURES, *own_measures(contents)]
    read = {m: [m.read(cell) for cell in cells] for m in measures}
    return [m for m, values in read.items() if any(v if m.rare else v is not None for v in values)]
