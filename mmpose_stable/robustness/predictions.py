"""The table from which every metric is computed: one row a sample, one column a picture of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.metrics import distances
from mmpose_stable.robustness.selection import Cell


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


class Distances(NamedTuple):
    """How far the keypoints of one column moved and are from their labels, each (N, K).

    In pixels of the input, and as a share of the box.
    """

    moved: np.ndarray
    box_moved: np.ndarray
    error: np.ndarray
    box_error: np.ndarray


@dataclass(kw_only=True)
class Predictions(Table):
    """Predictions of N samples on M = 1 + C pictures each: the clean one, then C perturbed copies.

    K is the number of keypoints. A model of whole pictures has a row for each person that it
    predicts on a clean picture, and one for each labelled person; where it does not find that
    person, keypoints are NaN.

    Attributes:
        kind: (M,) names; the first is ``clean``.
        severity: (M,), 0 for the clean picture.
        input_size: (2,) width and height of the network's input in pixels.
        sample_index: (N,) position in the data set, ascending; unique for top-down models.
        sample_id: (N,) the data set's own id of the person, as text; of a predicted person the
            picture's id and a number.
        image_id: (N,) the data set's own id of the picture, as text.
        keypoints: (N, M, K, 2) predictions in pixels of the original image.
        scores: (N, M, K) the model's keypoint scores.
        input_center: (N, 2) centre of the crop in the original image.
        input_scale: (N, 2) width and height of the crop in the original image.
        bbox: (N, 4) x1, y1, x2, y2 of the person's box in the original image.
        true_keypoints: (N, K, 2) labels in pixels of the original image.
        labelled: (N, K) which labels are real; hidden but labelled keypoints of COCO are.
        heatmap_size: (2,) width and height of the heatmaps in their pixels; None without heatmaps,
            as are the next four.
        map_position: (N, M, K) flat index of each heatmap's arg-max, row by row.
        map_spread: (N, M, K) D_n in heatmap pixels squared.
        map_gap: (N, M, K) D(1)(2) of the map divided by its maximum.
        map_certified: (N, M, K) whether the arg-max provably stays that of the clean map.
        tracked: (N,) whether the row is a person predicted on the clean picture, who has no label,
            rather than a labelled person; None for top-down models, whose rows are both.
        person_count: (M,) persons predicted on all pictures; None for top-down models.
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
        pairs = zip(self.kind[1:], self.severity[1:], strict=True)
        return tuple(Cell(str(kind), int(severity)) for kind, severity in pairs)

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

    def distances(self, column: int) -> Distances:
        """Return how far the keypoints of a column are from the clean ones and from the labels."""
        shown, box = self.keypoints[:, column], self.box_size[:, None]
        others = self.keypoints[:, 0], self.true_keypoints
        pixels = [distances(self.in_input(shown), self.in_input(other)) for other in others]
        shares = [distances(shown, other) / box for other in others]
        return Distances(pixels[0], shares[0], pixels[1], shares[1])

    def in_input(self, keypoints: np.ndarray) -> np.ndarray:
        """Move keypoints (N, ..., 2) from the original image to pixels of the network's input."""
        shape = (len(self.sample_index),) + (1,) * (keypoints.ndim - 2) + (2,)
        corner = (self.input_center - 0.5 * self.input_scale).reshape(shape)
        return (keypoints - corner) / self.input_scale.reshape(shape) * self.input_size


def load_predictions(path: Path) -> Predictions:
    """Read a ``predictions.npz``."""
    return Predictions(**read_columns(path, Predictions.SCHEMA)[1])
