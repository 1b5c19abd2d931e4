"""Movement and accuracy of keypoints as pure functions of arrays.

``counted`` says which keypoints enter a number; where none does, the number is NaN, never zero.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import trapezoid

# P of RUC and AUC in pixels of the network's input, and in shares of the person's box.
THRESHOLDS = np.arange(31.0)
BOX_THRESHOLDS = np.linspace(0, 0.15, len(THRESHOLDS))


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Euclidean distances (...) of keypoints (..., 2) in the same frame."""
    difference = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    return np.sqrt(np.square(difference).sum(-1))


def mean_squared(distance: np.ndarray, counted: np.ndarray) -> float:
    """R of eq. 10, as the average over counted (picture, keypoint) pairs; unit squared."""
    counted = np.broadcast_to(counted, distance.shape)
    return float(np.square(distance[counted]).mean()) if counted.any() else float('nan')


def share_within(distance: np.ndarray, counted: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Share (T,) of counted keypoints at most each of (T,) thresholds away.

    Of the movement between a clean and a perturbed picture it is the RUC curve, of the error
    against the label the PCK curve.
    """
    values = distance[np.broadcast_to(counted, distance.shape)]
    if not values.size:
        return np.full(len(thresholds), np.nan)
    return np.searchsorted(np.sort(values), thresholds, side='right') / values.size


def area_under(curve: np.ndarray, thresholds: np.ndarray) -> float:
    """Area under a curve by the trapezoidal rule, divided by the range, so 1 is the best."""
    return float(trapezoid(curve, thresholds) / (thresholds[-1] - thresholds[0]))


def mean_over(values: np.ndarray, counted: np.ndarray) -> float:
    """Mean of the counted values that are not NaN; NaN where there is none."""
    chosen = values[np.broadcast_to(counted, values.shape)]
    chosen = chosen[~np.isnan(chosen)]
    return float(chosen.mean()) if chosen.size else float('nan')


def variety(predicted: np.ndarray, truth: np.ndarray, counted: np.ndarray) -> float:
    """How much the places of keypoints vary from sample to sample, as a share of the labels' own.

    It is the root mean square distance from each keypoint's mean place, of the predictions divided
    by that of the labels: 0 for a model that predicts the same for every picture, about 1 for a
    good one, NaN where no label varies or a counted prediction is not a number.

    Args:
        predicted: (N, K, 2) in a frame that all samples share, such as the network's input.
        truth: (N, K, 2), same frame.
        counted: Bool (N, K), labelled keypoints.
    """
    counted = counted[..., None]
    number = np.maximum(counted.sum(0), 1)

    def spread(points: np.ndarray) -> float:
        points = np.where(counted, points, 0)
        centred = np.where(counted, points - points.sum(0) / number, 0)
        return float(np.square(centred).sum())

    of_labels = spread(truth)
    return float(np.sqrt(spread(predicted) / of_labels)) if of_labels > 0 else float('nan')


def labelled(keypoints: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Tell which ground-truth keypoints are real, (N, K) bool; hidden but labelled ones are.

    MMPose marks the keypoints of detected boxes as visible although all of them are (0, 0): a
    person whose keypoints all lie at the origin carries no label.

    Args:
        keypoints: (N, K, 2).
        visible: (N, K) or, with weights beside them, (N, K, 2); above zero where labelled.
    """
    visible = np.asarray(visible)
    visible = visible[..., 0] if visible.ndim == 3 else visible
    return (visible > 0) & (np.asarray(keypoints) != 0).any((1, 2))[:, None]
