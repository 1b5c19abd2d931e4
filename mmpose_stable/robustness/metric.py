"""The robustness metrics of a run, as an MMEngine metric."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS

from mmpose_stable.perturbations.boxes import BOX_KINDS
from mmpose_stable.robustness.measures import defined
from mmpose_stable.robustness.metrics import (
    BOX_THRESHOLDS,
    THRESHOLDS,
    mean_over,
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
        count_unlabelled: Count keypoints without a label too, except in AUC. They count anyway
            where the data set has no label at all (detected boxes), and for models of whole
            pictures, whose predicted persons have none.
        match_oks: The least object keypoint similarity (OKS) at which two persons of a model of
            whole pictures count as the same; 0.5 is the loosest bound of COCO's AP.
        person_score: Persons of such a model count from this score on; None counts all. The data
            set's own metrics see all.
    """

    def __init__(
        self,
        count_unlabelled: bool = False,
        match_oks: float = 0.5,
        person_score: float | None = None,
    ) -> None:
        super().__init__()
        if not 0 < match_oks <= 1:
            raise ValueError(f'`match_oks`: expected a number above 0, at most 1, got {match_oks}')
        self.count_unlabelled, self.match_oks = count_unlabelled, match_oks
        self.person_score = person_score

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
            severity; and ``count_unlabelled``, whether all keypoints counted. A number that a model
            or data set has not is None.
        """
        (table,) = results
        whole = table.tracked is not None
        count_all = self.count_unlabelled or whole or not table.labelled.any()
        counted = table.counted(count_all)
        clean, *cells = (_numbers(table, at, counted) for at in range(len(table.kind)))
        return {'clean': clean, 'cells': cells, 'count_unlabelled': bool(count_all)}


def _numbers(table: Predictions, column: int, counted: np.ndarray) -> dict[str, Any]:
    values, labelled = table.values(column, counted), table.labelled
    means = {
        entry: float(each[which].mean()) if which.any() else None
        for entry, (each, which) in values.items()
    }
    places = table.in_input(table.keypoints[:, column]), table.in_input(table.true_keypoints)
    numbers = {
        'kind': str(table.kind[column]),
        'severity': int(table.severity[column]),
        'samples': len(table.sample_index),
        'labelled_keypoints': int(labelled.sum()),
        'auc': means['auc'],
        'auc_box': means['auc_box'],
        'variety': variety(*places, labelled) if table.tracked is None else None,
        **_of_maps(table, column, counted),
    }
    if column:
        # R is of the same distances, squared; rounded as for the area under RUC.
        moved = np.sqrt(values['r'][0]).round(3)
        ruc = share_within(moved, counted, THRESHOLDS)
        box_ruc = share_within(np.sqrt(values['r_box'][0]), counted, BOX_THRESHOLDS)
        numbers |= {
            'counted_keypoints': int(counted.sum()),
            **means,
            'ruc': [*map(defined, ruc)],
            'ruc_box': [*map(defined, box_ruc)],
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
