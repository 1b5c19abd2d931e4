"""The table from which every metric is computed: one row a sample, one column a picture of it."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.metrics import BOX_THRESHOLDS, THRESHOLDS, area_of, distances
from mmpose_stable.robustness.selection import Cell, cells_of

PREDICTIONS_FILE = 'predictions.npz'


@dataclass(kw_only=True)
class Table:
    """Arrays that :class:`Predictions`, which explains them, and :class:`Persons` have both."""

    kind: np.ndarray
    severity: np.ndarray
    input_size: np.ndarray
    sample_index: np.ndarray
    sample_id: np.ndarray
    image_id: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray
    input_center: np.ndarray
    input_scale: np.ndarray
    heatmap_size: np.ndarray | None = None
    map_position: np.ndarray | None = None
    map_spread: np.ndarray | None = None
    map_gap: np.ndarray | None = None
    map_certified: np.ndarray | None = None

    def columns(self) -> dict[str, np.ndarray]:
        """Return the arrays that are not None, by name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(kw_only=True)
class Predictions(Table):
    """Predictions of N samples on M = 1 + C pictures each: the clean one, then C perturbed copies.

    K is the number of keypoints. A model of whole pictures has a row for each person that it
    predicts on a clean picture, and one for each labelled person; where it does not find that
    person, keypoints are NaN.

    ``docs/result_files.md`` lists the attributes with their shapes and units: they are the columns
    of ``predictions.npz``, and None where a column is absent.
    """

    SCHEMA = 'mmpose_stable.robustness.predictions/2'

    bbox: np.ndarray
    true_keypoints: np.ndarray
    labelled: np.ndarray
    tracked: np.ndarray | None = None
    person_count: np.ndarray | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The perturbations of columns 1..M-1."""
        return tuple(cells_of(self.kind, self.severity)[1:])

    @property
    def has_maps(self) -> bool:
        """Whether the model has heatmaps."""
        return self.map_position is not None

    @property
    def box_size(self) -> np.ndarray:
        """(N,) longer side of each person's box in the original image, at least one pixel."""
        return np.maximum((self.bbox[:, 2:] - self.bbox[:, :2]).max(-1), 1.0).astype(np.float64)

    def counted(self, count_unlabelled: bool) -> np.ndarray:
        """(N, K) which keypoints enter R and RUC; of whole pictures those of predicted persons."""
        if self.tracked is not None:
            return np.broadcast_to(self.tracked[:, None], self.labelled.shape)
        return np.ones_like(self.labelled) if count_unlabelled else self.labelled

    def present(self, column: int) -> np.ndarray:
        """(N,) whether a whole-picture model finds the person of a row; always for top-down."""
        if self.tracked is None:
            return np.ones(len(self.sample_index), bool)
        return np.isfinite(self.keypoints[:, column]).all((-2, -1))

    def values(self, column: int, counted: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return what the numbers of a column are means of, by their entry in its cell.

        Of a lost person it is not known how far it moved, so R leaves its keypoints out. In RUC
        they are beyond every P.

        Args:
            counted: (N, K) which keypoints enter R and RUC. AUC counts labelled ones.

        Returns:
            The value of each keypoint (N, K), and which values count (N, K). R is in input pixels
            squared, R box in shares of the box squared; the others are in 0..1.
        """
        shown, box = self.keypoints[:, column], self.box_size[:, None]
        others = self.keypoints[:, 0], self.true_keypoints
        moved, error = (distances(self.in_input(shown), self.in_input(other)) for other in others)
        # Predictions are float32 in the photograph: a step of two input pixels is not exactly two.
        steps, misses = moved.round(3), error.round(3)
        box_moved, box_error = (distances(shown, other) / box for other in others)
        found = counted & self.present(column)[:, None]
        return {
            'r': (np.square(moved), found),
            'r_box': (np.square(box_moved), found),
            'ruc_area': (area_of(steps, THRESHOLDS[1:]), counted),
            'ruc_box_area': (area_of(box_moved, BOX_THRESHOLDS[1:]), counted),
            'unmoved_share': ((steps <= 0).astype(float), counted),
            'auc': (area_of(misses, THRESHOLDS), self.labelled),
            'auc_box': (area_of(box_error, BOX_THRESHOLDS), self.labelled),
        }

    def in_input(self, keypoints: np.ndarray) -> np.ndarray:
        """Move keypoints (N, ..., 2) from the original image to pixels of the network's input."""
        shape = (len(self.sample_index),) + (1,) * (keypoints.ndim - 2) + (2,)
        corner = (self.input_center - 0.5 * self.input_scale).reshape(shape)
        return (keypoints - corner) / self.input_scale.reshape(shape) * self.input_size


def load_predictions(path: Path) -> Predictions:
    """Read a ``predictions.npz``."""
    return Predictions(**read_columns(path, Predictions.SCHEMA)[1])
