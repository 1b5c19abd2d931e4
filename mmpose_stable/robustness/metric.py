"""The robustness metrics of a run, as an MMEngine metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS

from mmpose_stable.perturbations.boxes import BOX_KINDS
from mmpose_stable.robustness.measures import defined
from mmpose_stable.robustness.metrics import (
    area_under,
    mean_over,
    mean_squared,
    share_within,
    variety,
)
from mmpose_stable.robustness.predictions import Predictions

_OF_PEAKS = 'spread', 'gap', 'empty_share'
_OF_PAIRS = 'peak_moved_share', 'certified_share', 'certified_moved'


@METRICS.register_module()
class RobustnessMetric(BaseMetric):
    """Movement, accuracy and peak shape for each kind and severity.

    To be listed in ``test_evaluator`` beside the data set's own metrics, with
    ``test_cfg=dict(type='RobustnessTestLoop')``: it takes whole prediction tables.

    Args:
        max_distance: AUC runs over thresholds 0, 1, ... up to this many input pixels, the area
            under RUC over 1, 2, ...: the share that did not move at all is a number of its own.
        max_box_distance: The same as a share of the longer side of the person's box, in as many
            steps.
        spread_count: n of D_n.
        count_unlabelled: Whether R, RUC and the heatmap metrics count keypoints without a label.
            ``'auto'`` counts labelled ones, and all where the data set has no label at all
            (detected boxes). AUC counts labelled ones always. A model of whole pictures has all
            keypoints of the persons that it predicts counted.
        match_oks: The least object keypoint similarity (OKS) at which two persons of a model of
            whole pictures count as the same; 0.5 is the loosest bound of COCO's AP.
        person_score: Persons of such a model count from this score on; None counts all. The data
            set's own metrics see all.
    """

    def __init__(
        self,
        max_distance: int = 30,
        max_box_distance: float = 0.15,
        spread_count: int = 64,
        count_unlabelled: bool | str = 'auto',
        match_oks: float = 0.5,
        person_score: float | None = None,
    ) -> None:
        super().__init__()
        if count_unlabelled not in (True, False, 'auto'):
            raise ValueError(
                f"`count_unlabelled`: expected True, False or 'auto', got {count_unlabelled!r}"
            )
        if max_distance < 2 or max_box_distance <= 0 or spread_count < 2:
            raise ValueError(
                '`max_distance` and `spread_count` must be at least 2 and `max_box_distance` '
                f'positive, got {max_distance}, {spread_count} and {max_box_distance}'
            )
        if not 0 < match_oks <= 1:
            raise ValueError(f'`match_oks`: expected a number above 0, at most 1, got {match_oks}')
        self.thresholds = np.arange(int(max_distance) + 1, dtype=np.float64)
        self.box_thresholds = np.linspace(0, max_box_distance, len(self.thresholds))
        self.settings: dict[str, Any] = {
            'max_distance': float(self.thresholds[-1]),
            'max_box_distance': float(max_box_distance),
            'spread_count': spread_count,
            'count_unlabelled': count_unlabelled,
            'match_oks': match_oks,
            'person_score': person_score,
        }

    def process(self, data_batch: Any, data_samples: Any) -> None:
        """Refuse the samples of another test loop."""
        raise TypeError(
            "RobustnessMetric needs `test_cfg=dict(type='RobustnessTestLoop')`, it got samples of "
            'another test loop'
        )

    def compute_metrics(self, results: Sequence[Predictions]) -> dict[str, Any]:
        """Compute every number, unaggregated.

        Args:
            results: The table of all samples, alone; every process has the whole of it.

        Returns:
            ``clean``, the numbers of the clean pictures; ``cells``, those of each kind and
            severity; and the resolved ``count_unlabelled``. A number that a model or data set has
            not is None.
        """
        (table,) = results
        count_all = self.settings['count_unlabelled']
        if count_all == 'auto':
            count_all = table.tracked is not None or not table.labelled.any()
        if table.tracked is not None and not count_all:
            raise ValueError(
                '`count_unlabelled` (--no-count-unlabelled): expected a top-down model, the '
                'persons that one of whole pictures predicts have no label; leave it out'
            )
        counted = table.counted(bool(count_all))
        clean, *cells = (self._numbers(table, at, counted) for at in range(len(table.kind)))
        return {'clean': clean, 'cells': cells, 'count_unlabelled': bool(count_all)}

    def _numbers(self, table: Predictions, column: int, counted: np.ndarray) -> dict[str, Any]:
        far, labelled = table.distances(column), table.labelled
        pck = share_within(far.error, labelled, self.thresholds)
        box_pck = share_within(far.box_error, labelled, self.box_thresholds)
        places = table.in_input(table.keypoints[:, column]), table.in_input(table.true_keypoints)
        numbers = {
            'kind': str(table.kind[column]),
            'severity': int(table.severity[column]),
            'samples': len(table.sample_index),
            'labelled_keypoints': int(labelled.sum()),
            'auc': area_under(pck, self.thresholds),
            'auc_box': area_under(box_pck, self.box_thresholds),
            'variety': variety(*places, labelled) if table.tracked is None else None,
            **_of_maps(table, column, counted),
        }
        if column:
            # A lost person moved at every P, and by no number of pixels.
            matched = counted & table.present(column)[:, None]
            ruc = share_within(far.moved, counted, self.thresholds)
            box_ruc = share_within(far.box_moved, counted, self.box_thresholds)
            numbers |= {
                'counted_keypoints': int(counted.sum()),
                'r': mean_squared(far.moved, matched),
                'r_box': mean_squared(far.box_moved, matched),
                'ruc': [*map(defined, ruc)],
                'ruc_area': area_under(ruc[1:], self.thresholds[1:]),
                'unmoved_share': float(ruc[0]),
                'ruc_box': [*map(defined, box_ruc)],
                'ruc_box_area': area_under(box_ruc[1:], self.box_thresholds[1:]),
                **_of_persons(table, column),
            }
        return {
            name: defined(value) if isinstance(value, float) else value
            for name, value in numbers.items()
        }


def _of_maps(table: Predictions, column: int, counted: np.ndarray) -> dict[str, Any]:
    numbers = dict.fromkeys((*_OF_PEAKS, *_OF_PAIRS) if column else _OF_PEAKS)
    if not table.has_maps:
        return numbers
    gap = table.map_gap[:, column]
    found = dict(zip(_OF_PEAKS, (table.map_spread[:, column], gap, np.isnan(gap)), strict=True))
    # Where the crop moves, its map and the clean one show different places.
    if column and table.kind[column] not in BOX_KINDS:
        moved = table.map_position[:, column] != table.map_position[:, 0]
        certain = table.map_certified[:, column]
        found |= {'peak_moved_share': moved, 'certified_share': certain}
        numbers['certified_moved'] = int((certain & moved & counted).sum())
    return numbers | {name: mean_over(each, counted) for name, each in found.items()}


def _of_persons(table: Predictions, column: int) -> dict[str, float | None]:
    if table.tracked is None:
        return {'lost_share': None, 'new_share': None}
    kept, count = table.present(column)[table.tracked], int(table.person_count[column])
    return {
        'lost_share': float(1 - kept.mean()) if kept.size else None,
        'new_share': 1 - int(kept.sum()) / count if count else None,
    }
