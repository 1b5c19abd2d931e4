"""Which persons of two pictures are the same: object keypoint similarity and greedy matching."""

from __future__ import annotations

import numpy as np

# A person fills this share of its box, as MMPose takes it where a data set gives no area.
AREA_OF_BOX = 0.53


def extents(keypoints: np.ndarray) -> np.ndarray:
    """Return the smallest boxes (P, 4) x1, y1, x2, y2 around persons' keypoints (P, K, 2)."""
    return np.concatenate([keypoints.min(1), keypoints.max(1)], axis=-1)


def similarity(
    reference: np.ndarray,
    found: np.ndarray,
    boxes: np.ndarray,
    sigmas: np.ndarray,
    counted: np.ndarray | None = None,
) -> np.ndarray:
    """Return the object keypoint similarity of COCO (OKS) between persons of two pictures.

    It is the mean over keypoints of exp(-d² / (2 A (2 sigma)²)), where d is the distance and A the
    area of the reference person, :data:`AREA_OF_BOX` of its box and at least one pixel.

    Args:
        reference: Keypoints (P, K, 2) in pixels of the original image.
        found: Keypoints (Q, K, 2), same frame.
        boxes: Boxes of the reference persons (P, 4), same frame.
        sigmas: (K,) of the data set.
        counted: Bool (P, K), keypoints of the reference persons that count; all by default.

    Returns:
        (P, Q) in 0..1; 0 for a reference person of whom no keypoint counts.
    """
    counted = np.ones(reference.shape[:2], bool) if counted is None else counted
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
        similarities: (P, Q).
        bound: Pairs less similar than this are not matched.

    Returns:
        (P,) the column matched with each row, -1 for none. Of equal pairs the first in row order
        is taken.
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
