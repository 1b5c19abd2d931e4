"""Movement and accuracy of keypoints as pure functions of arrays.

``counted`` says which keypoints enter a number; where none does, the number is NaN, never zero.
"""

import numpy as np

# P of RUC and AUC in pixels of the network's input, and in shares of the person's box.
THRESHOLDS = np.arange(31.0)
BOX_THRESHOLDS = np.linspace(0, 0.15, len(THRESHOLDS))


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Euclidean distances (...) of keypoints (..., 2) in the same frame."""
    difference = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    return np.sqrt(np.square(difference).sum(-1))


def share_within(distance: np.ndarray, counted: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the RUC curve: the share (T,) of counted keypoints that moved at most each threshold.

    Args:
        distance: (N, K) movement between the clean and a perturbed picture.
        counted: Bool (N, K).
        thresholds: (T,) in the unit of ``distance``.
    """
    values = distance[counted]
    if not values.size:
        return np.full(len(thresholds), np.nan)
    return np.searchsorted(np.sort(values), thresholds, side='right') / values.size


def area_of(distance: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the area under the step of each distance (...): 0 below the distance, 1 from it on.

    The mean of these areas is the area under the curve that is the mean of the steps, RUC or PCK,
    by the trapezoidal rule. It is divided by the range of the thresholds, so 1 is the best.

    Args:
        distance: (...); NaN is beyond every threshold.
        thresholds: (T,) ascending, in the unit of ``distance``.
    """
    halves = np.diff(thresholds) / 2
    steps = np.append(halves, 0) + np.insert(halves, 0, 0)
    areas = np.cumsum(steps[::-1])[::-1]
    return np.append(areas / areas[0], 0)[np.searchsorted(thresholds, distance)]


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
