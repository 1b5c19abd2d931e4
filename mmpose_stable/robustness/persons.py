"""All persons that a model of whole pictures predicts, and the rows that follow each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from mmpose_stable.robustness.files import write_columns
from mmpose_stable.robustness.matching import extents, match, similarity
from mmpose_stable.robustness.metrics import labelled
from mmpose_stable.robustness.predictions import Predictions

SCHEMA = 'mmpose_stable.robustness.found_persons/1'
_OF_PICTURES = ('sample_index', 'image_id', 'input_size', 'input_center', 'input_scale')
_SHARED = ('kind', 'severity', *_OF_PICTURES)


@dataclass
class Persons:
    """Persons predicted on N pictures in M columns each: the clean one, then perturbed copies.

    Attributes:
        kind: (M,) names; the first is ``clean``.
        severity: (M,), 0 for the clean picture.
        sample_index: (N,) position in the data set, ascending and unique.
        image_id: (N,) the data set's own id of the picture, as text.
        input_size: (N, 2) width and height of the network's input in pixels.
        input_center: (N, 2) centre of the input in the original image.
        input_scale: (N, 2) width and height of the input in the original image.
        picture: (T,) ``sample_index`` of each predicted person.
        column: (T,) column of each person.
        keypoints: (T, K, 2) in pixels of the original image, finite.
        scores: (T, K) the model's keypoint scores.
        bbox: (T, 4) predicted boxes x1, y1, x2, y2; None for models that predict none.
        bbox_score: (T,) their scores; None for models that have none.
    """

    kind: np.ndarray
    severity: np.ndarray
    sample_index: np.ndarray
    image_id: np.ndarray
    input_size: np.ndarray
    input_center: np.ndarray
    input_scale: np.ndarray
    picture: np.ndarray
    column: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray
    bbox: np.ndarray | None = None
    bbox_score: np.ndarray | None = None

    def __post_init__(self) -> None:
        # Falling scores within a picture: the first person is the best one.
        order = np.lexsort((-self.score, self.column, self.picture))
        for name in self.columns().keys() - set(_SHARED):
            setattr(self, name, getattr(self, name)[order])
        place = np.searchsorted(self.sample_index, self.picture) * len(self.kind) + self.column
        cells = np.arange(len(self.sample_index) * len(self.kind) + 1)
        self._starts = np.asarray(np.searchsorted(place, cells))

    @property
    def score(self) -> np.ndarray:
        """(T,) score of each person: that of its box, else the mean of its keypoints'."""
        return self.scores.mean(-1) if self.bbox_score is None else self.bbox_score

    def at(self, row: int, column: int) -> slice:
        """Return which persons are predicted on one picture, the best one first."""
        cell = row * len(self.kind) + column
        return slice(self._starts[cell], self._starts[cell + 1])

    def above(self, score: float) -> Persons:
        """Return the table of the persons of at least a score."""
        kept = self.score >= score
        columns = self.columns()
        return Persons(
            **{name: columns[name] if name in _SHARED else columns[name][kept] for name in columns}
        )

    def found(self, row: int, column: int, truth: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Return what MMPose's metrics read of a prediction, see :meth:`Predictions.found`."""
        part = self.at(row, column)
        found = {'keypoints': self.keypoints[part], 'keypoint_scores': self.scores[part]}
        found['keypoints_visible'] = found['keypoint_scores']
        if self.bbox is not None:
            found['bboxes'] = self.bbox[part]
        if self.bbox_score is not None:
            found['bbox_scores'] = self.bbox_score[part]
        return found

    def columns(self) -> dict[str, np.ndarray]:
        """Return the arrays that are there, by name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if value is not None}

    def save(self, path: Path, fingerprint: str) -> None:
        """Write the table as one compressed ``.npz``."""
        write_columns(path, {'schema': SCHEMA, 'fingerprint': fingerprint}, self.columns())


def join_persons(parts: Sequence[Persons]) -> Persons:
    """Join the tables of a run's chunks, in ascending order of their pictures."""
    columns = [part.columns() for part in parts]
    joined = {name: np.concatenate([part[name] for part in columns]) for name in columns[0]}
    joined |= {name: columns[0][name] for name in ('kind', 'severity')}
    order = np.argsort(joined['sample_index'])
    joined |= {name: joined[name][order] for name in _OF_PICTURES}
    return Persons(**joined)


def follow(
    persons: Persons, truths: Sequence[Mapping[str, Any]], sigmas: np.ndarray, bound: float
) -> Predictions:
    """Return one row for each person of the clean pictures and for each labelled person.

    A person of the clean picture is matched with the persons of each perturbed copy, a labelled
    person with those of every picture. Where nobody matches, keypoints are NaN.

    Args:
        persons: All predicted persons.
        truths: The ground truth of each picture.
        sigmas: (K,) of the data set's meta information.
        bound: The least similarity (OKS) of a match.

    Returns:
        The table, picture by picture, predicted persons first. Its frame is the network's input;
        ``input_size`` is the smallest one, where pictures of different shapes have different ones.
    """
    columns = range(len(persons.kind))
    # The last row is nobody, which index -1 means.
    shape = (1, *persons.scores.shape[1:])
    keypoints = np.concatenate([persons.keypoints, np.full((*shape, 2), np.nan, np.float32)])
    scores = np.concatenate([persons.scores, np.zeros(shape, np.float32)])
    size = persons.input_size.min(0)
    scale = persons.input_scale * (size / persons.input_size)
    corner = persons.input_center - 0.5 * persons.input_scale
    blocks = []
    for row, truth in enumerate(truths):
        cells = [persons.at(row, column) for column in columns]
        clean = persons.keypoints[cells[0]]
        names = np.char.add(f'{persons.image_id[row]}/', np.arange(len(clean)).astype(str))
        labels = _labelled_persons(truth, clean.shape[1])
        for names_, reference, boxes, counted in (
            (names, clean, extents(clean), np.ones(clean.shape[:2], bool)),
            labels,
        ):
            index = np.full((len(reference), len(columns)), -1)
            for column, cell in enumerate(cells):
                found = similarity(reference, keypoints[cell], boxes, sigmas, counted)
                place = match(found, bound)
                index[:, column] = np.where(place < 0, -1, cell.start + place)
            tracked = reference is clean
            count = (len(reference), 1)
            blocks.append(
                {
                    'sample_index': np.full(count[0], persons.sample_index[row]),
                    'sample_id': names_,
                    'image_id': np.full(count[0], persons.image_id[row]),
                    'keypoints': keypoints[index],
                    'scores': scores[index],
                    'input_center': np.tile(corner[row] + 0.5 * scale[row], count),
                    'input_scale': np.tile(scale[row], count),
                    'bbox': boxes,
                    'true_keypoints': np.zeros_like(reference) if tracked else reference,
                    'labelled': np.zeros_like(counted) if tracked else counted,
                    'tracked': np.full(count[0], tracked),
                }
            )
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return Predictions(
        kind=persons.kind,
        severity=persons.severity,
        input_size=size,
        person_count=np.bincount(persons.column, minlength=len(persons.kind)),
        **joined,
    )


def _labelled_persons(
    truth: Mapping[str, Any], num_keypoints: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return ids, keypoints, boxes and which keypoints are labelled of the persons with a label."""
    people = truth['gt_instances']
    if 'keypoints' not in people:
        nobody = np.zeros((0, num_keypoints, 2))
        return np.zeros(0, str), nobody, np.zeros((0, 4)), nobody[..., 0].astype(bool)
    keypoints = np.asarray(people['keypoints'], np.float64)[..., :2]
    persons = zip(keypoints[:, None], np.asarray(people['keypoints_visible'])[:, None], strict=True)
    real = np.concatenate([labelled(*person) for person in persons])
    known = real.any(-1)
    ids = np.array([str(id_) for id_ in truth.get('id', range(len(keypoints)))])
    return ids[known], keypoints[known], np.asarray(people['bboxes'])[known], real[known]
