"""Every number of a result, declared once: log, JSON, terminal, figures, pages and comparison read
this table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def defined(value: float | None) -> float | None:
    """Return a number as a float, or None where it is undefined.

    Undefined are NaN and infinities, and -1, by which COCO's metrics say that no label is of the
    kind they are about ("AP (M)" without a person of medium size). Nothing that MMPose or this
    package measures can be negative.
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
        meaning: One sentence.
        definition: Unit and definition, as ``robustness.json`` gives them.
        log: Name of its mean in the runner's log; empty where it is not logged.
        in_terminal: Whether the run prints it for each kind.
        own: Whether it is a metric of the data set rather than of this package.
        of_maps: Whether it depends on the size of the heatmaps.
        rare: Whether it is shown only where it is not 0.
    """

    entry: str
    title: str
    unit: str
    form: str
    better: str
    meaning: str
    definition: str = ''
    log: str = ''
    in_terminal: bool = False
    own: bool = False
    of_maps: bool = False
    rare: bool = False

    @property
    def label(self) -> str:
        """Title with its unit."""
        return f'{self.title} ({self.unit})' if self.unit else self.title

    @property
    def axis(self) -> str:
        """Label of an axis, with the better direction."""
        return f'{self.label}, {self.better} is better' if self.better else self.label

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

    def show_range(self, found: Sequence[float] | None, signed: bool = False) -> str:
        """Return an interval as text, ``[1.20, 3.40]``; empty for None."""
        if found is None:
            return ''
        form = self.form.replace('{:', '{:+' if signed else '{:')
        return f'[{", ".join(form.format(end) for end in found)}]'.replace('-', '−')


R = Measure(
    'r',
    'R',
    'px²',
    '{:.2f}',
    'lower',
    'Mean squared movement of a keypoint between the clean and the perturbed picture, in pixels '
    "of the network's input.",
    definition='input pixels squared, mean over counted (picture, keypoint) pairs',
    log='R',
    in_terminal=True,
)
R_BOX = Measure(
    'r_box',
    'R box',
    'box²',
    '{:.5f}',
    'lower',
    "The same movement as a share of the longer side of the person's box: comparable between "
    'models of different input sizes.',
    definition="squared share of the longer side of the person's box",
    log='R_box',
)
RUC = Measure(
    'ruc_area',
    'RUC area',
    '',
    '{:.3f}',
    'higher',
    'Share of keypoints that moved at most P pixels, averaged over P from 1 to the largest '
    'threshold.',
    definition='area under `ruc` from the threshold of 1 pixel on, 0..1',
    log='RUC',
    in_terminal=True,
)
RUC_BOX = Measure(
    'ruc_box_area',
    'RUC box area',
    '',
    '{:.3f}',
    'higher',
    'RUC area over thresholds that are shares of the box.',
    definition='area under `ruc_box` from its first threshold above 0 on, 0..1',
)
UNMOVED = Measure(
    'unmoved_share',
    'unmoved',
    '',
    '{:.1%}',
    '',
    'Share of keypoints that did not move at all. It says whether the decoder rounds to a grid '
    'more than whether the model is stable.',
    definition='share of counted keypoints that did not move at all, `ruc` at 0',
    log='unmoved',
    in_terminal=True,
)
AUC = Measure(
    'auc',
    'AUC in input px',
    '',
    '{:.3f}',
    'higher',
    'Share of labelled keypoints predicted at most P pixels of the input from the label, averaged '
    'over P from 0 to the largest threshold of RUC. The AUC of MMPose counts pixels of the '
    'photograph.',
    definition='area under PCK over the thresholds of `ruc`, 0..1',
    log='AUC',
    in_terminal=True,
)
AUC_BOX = Measure(
    'auc_box',
    'AUC in shares of the box',
    '',
    '{:.3f}',
    'higher',
    'Share of labelled keypoints predicted near the label, averaged over thresholds that are '
    'shares of the box.',
    definition='area under PCK over the thresholds of `ruc_box`, 0..1',
)
VARIETY = Measure(
    'variety',
    'variety',
    '',
    '{:.2f}',
    '',
    "How much the predictions vary from picture to picture, as a share of the labels' variation. "
    'Near 0 the model predicts the same for every picture.',
    definition="root mean square distance of keypoints from each one's mean place in the input, "
    'of the predictions divided by that of the labels',
)
MEASURES = (
    R,
    R_BOX,
    RUC,
    RUC_BOX,
    UNMOVED,
    AUC,
    AUC_BOX,
    VARIETY,
    Measure(
        'spread',
        'D_n',
        'heatmap px²',
        '{:.1f}',
        'lower',
        'Summed squared distance of the n largest heatmap pixels from the largest.',
        definition='D_n in heatmap pixels squared, n = `settings.spread_count`',
        log='D_n',
        in_terminal=True,
        of_maps=True,
    ),
    Measure(
        'gap',
        'D(1)(2)',
        '',
        '{:.4f}',
        'higher',
        'Largest minus second largest value of a heatmap divided by its maximum.',
        definition='D(1)(2) of heatmaps divided by their maximum',
        log='D12',
        in_terminal=True,
        of_maps=True,
    ),
    Measure(
        'empty_share',
        'empty maps',
        '',
        '{:.1%}',
        'lower',
        'Share of heatmaps without a positive value: they locate nothing, and what is located '
        'nowhere does not move either, so R and RUC flatter the model.',
        definition='share of counted heatmaps without a positive value, or with NaN',
        rare=True,
    ),
    Measure(
        'peak_moved_share',
        'peaks moved',
        '',
        '{:.1%}',
        'lower',
        'Share of heatmaps whose largest pixel is another one than on the clean picture.',
        definition='share of counted pairs of heatmaps whose arg-max differs',
        of_maps=True,
    ),
    Measure(
        'certified_share',
        'certified',
        '',
        '{:.1%}',
        'higher',
        'Share of heatmaps whose largest pixel provably stays, by the theorem.',
        definition='share of counted pairs of heatmaps that Theorem 3 (corrected) certifies',
        log='certified',
        in_terminal=True,
        of_maps=True,
    ),
    Measure(
        'lost_share',
        'lost',
        '',
        '{:.1%}',
        'lower',
        'Share of the persons predicted on the clean picture that no person predicted on the '
        'perturbed one matches. R leaves them out; in RUC their keypoints moved at every P.',
        definition='share of persons of clean pictures without a match of at least '
        '`settings.match_oks`; null for top-down models',
        log='lost',
        in_terminal=True,
    ),
    Measure(
        'new_share',
        'new',
        '',
        '{:.1%}',
        'lower',
        'Share of the persons predicted on the perturbed picture that match no person of the '
        'clean one.',
        definition='share of persons of perturbed pictures without a match of at least '
        '`settings.match_oks`; null for top-down models, and where nobody is predicted',
        log='new',
        in_terminal=True,
    ),
    Measure(
        'certified_moved',
        'certified, yet moved',
        '',
        '{:.2f}',
        'lower',
        'Heatmaps of which the theorem was wrong; always 0.',
        definition='number of certified pairs whose arg-max moved; always 0',
        rare=True,
    ),
)


def mean_of(measure: Measure, cells: Sequence[Mapping[str, Any]]) -> float | None:
    """Average a measure over cells; None where one has no value, or there is no cell."""
    values = [measure.read(cell) for cell in cells]
    return None if not values or None in values else sum(values) / len(values)
