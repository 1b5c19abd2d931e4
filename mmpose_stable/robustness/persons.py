"""All persons that a model predicts, and the rows of the prediction table that follow each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mmpose_stable.robustness.metrics import labelled
from mmpose_stable.robustness.predictions import Predictions, Table

# A person fills this share of its box, as MMPose takes it where a data set gives no area.
AREA_OF_BOX = 0.53
# What MMPose calls an array of a prediction -> what it is here.
PREDICTED = {
    'keypoints': 'keypoints',
    'keypoint_scores': 'scores',
    'bboxes': 'bbox',
    'bbox_scores': 'bbox_score',
}


@dataclass(kw_only=True)
class Persons(Table):
    """T persons predicted on N samples in M columns each: the clean one, then perturbed copies.

    A top-down model predicts one person on each picture. Persons are in the order of their pictures
    and columns, the best one of each first. Attributes that are not listed are those of
    :class:`Predictions`, and so are the heatmap measures, which are (T, K).

    Attributes:
        input_size: (N, 2) width and height of the network's input in pixels.
        picture: (T,) ``sample_index`` of each predicted person.
        column: (T,) column of each person.
        keypoints: (T, K, 2) in pixels of the original image; NaN only for top-down models.
        scores: (T, K) the model's keypoint scores.
        bbox: (T, 4) boxes x1, y1, x2, y2; None for models that predict none.
        bbox_score: (T,) their scores; None for models that have none.
    """

    picture: np.ndarray
    column: np.ndarray
    bbox: np.ndarray | None = None
    bbox_score: np.ndarray | None = None

    @cached_property
    def _cell(self) -> np.ndarray:
        row = np.searchsorted(self.sample_index, self.picture)
        return row * len(self.kind) + self.column

    def at(self, row: int, column: int) -> slice:
        """Return which persons are predicted on one picture, the best one first."""
        cell = row * len(self.kind) + column
        return slice(*(np.searchsorted(self._cell, edge) for edge in (cell, cell + 1)))

    def above(self, score: float) -> 'Persons':
        """Return the table of the persons of at least a score; not of a top-down model."""
        kept = person_scores(self.scores, self.bbox_score) >= score
        columns, names = self.columns(), ('picture', 'column', *PREDICTED.values())
        return replace(self, **{name: columns[name][kept] for name in names if name in columns})

    def found(self, row: int, column: int) -> dict[str, np.ndarray]:
        """Return what MMPose's metrics read of a prediction."""
        part = self.at(row, column)
        named = {name: getattr(self, own) for name, own in PREDICTED.items()}
        named['keypoints_visible'] = self.scores
        return {name: values[part] for name, values in named.items() if values is not None}


def join_persons(parts: Sequence[Persons]) -> 'Persons':
    """Join the tables of a run's chunks, which are in the order of the data set."""
    columns = [part.columns() for part in parts]
    of_run = ('kind', 'severity', 'heatmap_size')
    return Persons(
        **{
            name: value if name in of_run else np.concatenate([part[name] for part in columns])
            for name, value in columns[0].items()
        }
    )


def person_scores(scores: np.ndarray, bbox_score: np.ndarray | None) -> np.ndarray:
    """Return the score of each person: that of its box, else the mean of its keypoints'."""
    return scores.mean(-1) if bbox_score is None else bbox_score


def extents(keypoints: np.ndarray) -> np.ndarray:
    """Return the smallest boxes (P, 4) x1, y1, x2, y2 around persons' keypoints (P, K, 2)."""
    return np.concatenate([keypoints.min(1), keypoints.max(1)], axis=-1)


def similarity(
    reference: np.ndarray,
    found: np.ndarray,
    boxes: np.ndarray,
    sigmas: np.ndarray,
    counted: np.ndarray,
) -> np.ndarray:
    """Return the object keypoint similarity of COCO (OKS) between persons of two pictures.

    It is the mean over keypoints of exp(-d² / (2 A (2 sigma)²)), where d is the distance and A the
    area of the reference person, :data:`AREA_OF_BOX` of its box and at least one pixel.

    Args:
        reference: Keypoints (P, K, 2) in pixels of the original image.
        found: Keypoints (Q, K, 2), same frame.
        boxes: Boxes of the reference persons (P, 4), same frame.
        sigmas: (K,) of the data set.
        counted: Bool (P, K), keypoints of the reference persons that count.

    Returns:
        (P, Q) in 0..1; 0 for a reference person of whom no keypoint counts.
    """
    area = np.maximum(AREA_OF_BOX * np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1), 1.0)
    total = np.zeros((len(reference), len(found)))
    # One keypoint at a time: untrained models predict thousands of persons.
    for k, sigma in enumerate(sigmas):
        difference = reference[:, None, k].astype(np.float64) - found[None, :, k]
        scale = (8 * area * sigma**2)[:, None]
        total += np.exp(-np.square(difference).sum(-1) / scale) * counted[:, k, None]
    return total / np.maximum(counted.sum(-1), 1)[:, None]


def match(similarities: np.ndarray, bound: float) -> np.ndarray:
    """Match persons greedily: the most similar pair first, each person at most once.

    Args:
        similarities: (P, Q); of equal ones the first in row order is taken.
        bound: Pairs less similar than this are not matched.

    Returns:
        (P,) the column matched with each row, -1 for none.
    """
    matched = np.full(len(similarities), -1)
    rows, columns = np.nonzero(similarities >= bound)
    taken: set[int] = set()
    for at in np.argsort(-similarities[rows, columns], kind='stable'):
        row, column = rows[at], int(columns[at])
        if matched[row] < 0 and column not in taken:
            matched[row] = column
            taken.add(column)
    return matched


def tabulate(persons: Persons, truths: Sequence[Mapping[str, Any]]) -> Predictions:
    """Return one row for each sample of a top-down model, with its ground truth."""
    columns, shape = persons.columns(), (len(persons.sample_index), len(persons.kind))
    names = [name for name in columns if name in ('keypoints', 'scores') or name.startswith('map_')]
    labels = [truth['gt_instances'] for truth in truths]
    true_keypoints = np.stack([label['keypoints'][0, :, :2] for label in labels]).astype(np.float64)
    # One by one: of several data sets, one may have weights beside its flags.
    flags = [label['keypoints_visible'][:1] for label in labels]
    real = [labelled(*one) for one in zip(true_keypoints[:, None], flags, strict=True)]
    return Predictions(
        kind=persons.kind,
        severity=persons.severity,
        input_size=persons.input_size[0],
        sample_index=persons.sample_index,
        sample_id=persons.sample_id,
        image_id=persons.image_id,
        input_center=persons.input_center.astype(np.float64),
        input_scale=persons.input_scale.astype(np.float64),
        bbox=np.stack([label['bboxes'][0] for label in labels]).astype(np.float64),
        true_keypoints=true_keypoints,
        labelled=np.concatenate(real),
        heatmap_size=persons.heatmap_size,
        **{name: columns[name].reshape(*shape, *columns[name].shape[1:]) for name in names},
    )


def follow(
    persons: Persons, truths: Sequence[Mapping[str, Any]], sigmas: np.ndarray, bound: float
) -> Predictions:
    """Return one row for each person of the clean pictures and for each labelled person.

    Rows go picture by picture, predicted persons first. Where nobody matches, keypoints are NaN.
    ``input_size`` is the smallest one, where pictures of different shapes have different ones.

    Args:
        persons: All predicted persons.
        truths: The ground truth of each picture.
        sigmas: (K,) of the data set's meta information.
        bound: The least similarity (OKS) of a match.
    """
    # The last row is nobody, which index -1 means.
    shape = (1, *persons.scores.shape[1:])
    keypoints = np.concatenate([persons.keypoints, np.full((*shape, 2), np.nan, np.float32)])
    scores = np.concatenate([persons.scores, np.zeros(shape, np.float32)])
    blocks = []
    for row, truth in enumerate(truths):
        cells = [persons.at(row, column) for column in range(len(persons.kind))]
        for people in (_predicted_people(persons, row), _labelled_people(truth, shape[1])):
            reference, counted = people.pop('reference'), people.pop('counted')
            index = np.full((len(reference), len(cells)), -1)
            for column, cell in enumerate(cells):
                found = similarity(reference, keypoints[cell], people['bbox'], sigmas, counted)
                place = match(found, bound)
                index[:, column] = np.where(place < 0, -1, cell.start + place)
            blocks.append({**people, 'row': np.full(len(reference), row), 'index': index})
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    row, index = joined.pop('row'), joined.pop('index')
    size = persons.input_size.min(0)
    scale = persons.input_scale * (size / persons.input_size)
    return Predictions(
        kind=persons.kind,
        severity=persons.severity,
        input_size=size,
        sample_index=persons.sample_index[row],
        image_id=persons.image_id[row],
        keypoints=keypoints[index],
        scores=scores[index],
        input_center=(persons.input_center - 0.5 * persons.input_scale + 0.5 * scale)[row],
        input_scale=scale[row],
        person_count=np.bincount(persons.column, minlength=len(persons.kind)),
        **joined,
    )


def _predicted_people(persons: Persons, row: int) -> dict[str, np.ndarray]:
    """Return whom to look for of the persons of a clean picture, and their columns of the table."""
    keypoints = persons.keypoints[persons.at(row, 0)]
    names = [f'{persons.image_id[row]}/{at}' for at in range(len(keypoints))]
    return {
        'reference': keypoints,
        'counted': np.ones(keypoints.shape[:2], bool),
        'sample_id': np.array(names, str),
        'bbox': extents(keypoints),
        'true_keypoints': np.zeros_like(keypoints),
        'labelled': np.zeros(keypoints.shape[:2], bool),
        'tracked': np.ones(len(keypoints), bool),
    }


def _labelled_people(truth: Mapping[str, Any], num_keypoints: int) -> dict[str, np.ndarray]:
    """Return the same of the persons with a label."""
    people = truth['gt_instances']
    if 'keypoints' not in people:
        nobody = np.zeros((0, num_keypoints, 2))
        people = {'keypoints': nobody, 'keypoints_visible': nobody, 'bboxes': np.zeros((0, 4))}
    keypoints = people['keypoints'][..., :2].astype(np.float64)
    real = labelled(keypoints, people['keypoints_visible'])
    known = real.any(-1)
    ids = np.array([str(id_) for id_ in truth.get('id', range(len(keypoints)))], str)
    return {
        'reference': keypoints[known],
        'counted': real[known],
        'sample_id': ids[known],
        'bbox': people['bboxes'][known],
        'true_keypoints': keypoints[known],
        'labelled': real[known],
        'tracked': np.zeros(known.sum(), bool),
    }
