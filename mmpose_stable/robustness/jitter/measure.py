"""How much keypoints shake from frame to frame, as pure functions of arrays.

A keypoint that stands still or moves evenly has no acceleration, so what is left is true
acceleration of the body plus the jitter of the model; on the same clip the first is the same for
every model.
"""

from __future__ import annotations

import numpy as np

MIN_FRAMES = 3


def acceleration(keypoints: np.ndarray) -> np.ndarray:
    """Return the length of the second difference over time, ‖p[t+1] − 2 p[t] + p[t−1]‖.

    Args:
        keypoints: (T, ..., 2) in pixels of the video; NaN where there is no prediction.

    Returns:
        (T, ...) in pixels per frame squared; NaN at the first and last frame, and wherever one of
        the three frames has no prediction.

    Raises:
        ValueError: Fewer than three frames.
    """
    keypoints = np.asarray(keypoints, np.float64)
    if len(keypoints) < MIN_FRAMES:
        raise ValueError(
            f'jitter needs at least {MIN_FRAMES} frames, as it compares each with both of its '
            f'neighbours, got {len(keypoints)}'
        )
    second = keypoints[2:] - 2 * keypoints[1:-1] + keypoints[:-2]
    lengths = np.full(keypoints.shape[:-1], np.nan)
    lengths[1:-1] = np.sqrt(np.square(second).sum(-1))
    return lengths


def box_diagonal(boxes: np.ndarray) -> np.ndarray:
    """Return the diagonal (T,) of boxes (T, 4), x1, y1, x2, y2; NaN for a frame without a box."""
    boxes = np.asarray(boxes, np.float64)
    return np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])


def keypoint_spread(keypoints: np.ndarray) -> float:
    """Return the diagonal of the rectangle around all keypoints, median over models and frames.

    One number for all models of a comparison: a model whose keypoints collapse must not be
    measured with a smaller body.

    Args:
        keypoints: (M, T, K, 2) of M models, NaN where there is no prediction.
    """
    flat = np.asarray(keypoints, np.float64).reshape(-1, *keypoints.shape[-2:])
    flat = flat[np.isfinite(flat).all((1, 2))]
    size = float(np.median(np.hypot(*np.ptp(flat, axis=1).T))) if len(flat) else 0.0
    if size <= 0:
        raise ValueError('the keypoints have no spread to measure the body by; give a box instead')
    return size


def jitter(keypoints: np.ndarray, size: np.ndarray | float) -> np.ndarray:
    """Return :func:`acceleration` as a share of the body's size.

    Args:
        keypoints: (T, K, 2).
        size: (T,) or one number, in the keypoints' unit.

    Returns:
        (T, K), body sizes per frame squared.
    """
    sizes = np.broadcast_to(np.asarray(size, np.float64), (len(keypoints),))
    return acceleration(keypoints) / sizes[:, None]


def mean_known(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Return the mean of what is not NaN along an axis; NaN where nothing is known."""
    known = ~np.isnan(values)
    count = known.sum(axis)
    total = np.where(known, values, 0.0).sum(axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
