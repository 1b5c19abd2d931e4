"""Percentage of correct keypoints, normalised by the torso."""

from typing import NamedTuple

import numpy as np


class PckResult(NamedTuple):
    """Result of :func:`torso_pck`."""

    #: (K,) fraction of correct keypoints of each kind, NaN where none was counted.
    per_keypoint: np.ndarray
    #: Fraction over all counted keypoints together, NaN where none was counted.
    overall: float
    #: Samples left out because their torso could not be measured.
    excluded: int


def torso_pck(
    predicted: np.ndarray,
    truth: np.ndarray,
    labelled: np.ndarray,
    torso: tuple[int, int],
    threshold: float = 0.2,
) -> PckResult:
    """Count the keypoints that lie within a fraction of the torso length of their label.

    A keypoint is correct where ``|predicted - truth| <= threshold * |truth[a] - truth[b]|`` for the
    torso ends ``a, b``; the published numbers on LSP take left shoulder and right hip and 0.2.
    Unlabelled keypoints don't count. A sample whose torso ends are not both labelled, or closer
    together than a pixel, is left out as a whole: no length can be made up for it without changing
    the score. A prediction that is not finite is wrong.

    Yang and Ramanan, "Articulated human detection with flexible mixtures of parts", TPAMI 2013;
    torso as in the LSP table of the MPI-INF evaluation scripts.

    Args:
        predicted: (N, K, 2) in pixels of any frame.
        truth: (N, K, 2) in the same frame.
        labelled: (N, K), nonzero where ``truth`` holds a label.
        torso: Indices of the two keypoints that span the torso.
        threshold: Fraction of the torso length.

    Raises:
        ValueError: Shapes that disagree, or a labelled coordinate that is not finite.
    """
    predicted, truth = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    labelled = np.asarray(labelled).astype(bool)
    if predicted.shape != truth.shape:
        raise ValueError(
            'predicted and truth should both have the shape (N, K, 2), '
            f'but have {predicted.shape} and {truth.shape}'
        )
    if not np.isfinite(truth[labelled]).all():
        raise ValueError('a labelled keypoint has coordinates that are not finite')

    truth = np.where(labelled[..., None], truth, 0.0)
    start, end = torso
    length = np.linalg.norm(truth[:, start] - truth[:, end], axis=-1)
    measurable = labelled[:, start] & labelled[:, end] & (length >= 1)
    counted = labelled & measurable[:, None]
    # NaN compares as wrong.
    distance = np.linalg.norm(predicted - truth, axis=-1)
    correct = (distance <= threshold * length[:, None]) & counted

    numbers = counted.sum(axis=0)
    per_keypoint = np.full(truth.shape[1], np.nan)
    np.divide(correct.sum(axis=0), numbers, out=per_keypoint, where=numbers > 0)
    overall = float(correct.sum() / numbers.sum()) if numbers.sum() else float('nan')
    return PckResult(per_keypoint, overall, int((~measurable).sum()))
