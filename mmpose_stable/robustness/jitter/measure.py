"""How much keypoints shake from frame to frame, as pure functions of arrays.

A keypoint that stands still or moves evenly has no acceleration, so what is left is true
acceleration of the body plus the jitter of the model; on the same clip the first is the same for
every model.
"""

from __future__ import annotations

import importlib.util

import numpy as np

MIN_FRAMES = 3


def acceleration(keypoints: np.ndarray) -> np.ndarray:
    """Return the length of the second difference over time, ‖p[t+1] − 2 p[t] + p[t−1]‖.

    Args:
        keypoints: (T, ..., 2) in pixels of the video, at least three frames; NaN where there is no
            prediction.

    Returns:
        (T, ...) in pixels per frame squared; NaN at the first and last frame, and wherever one of
        the three frames has no prediction.
    """
    keypoints = np.asarray(keypoints, np.float64)
    lengths = np.full(keypoints.shape[:-1], np.nan)
    second = keypoints[2:] - 2 * keypoints[1:-1] + keypoints[:-2]
    lengths[1:-1] = np.sqrt(np.square(second).sum(-1))
    return lengths


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


def mean_known(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Return the mean of what is not NaN along an axis; NaN where nothing is known."""
    known = ~np.isnan(values)
    count = known.sum(axis)
    total = np.where(known, values, 0.0).sum(axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def one_euro(
    keypoints: np.ndarray, size: float, fps: float, min_cutoff: float = 1.0, beta: float = 1.0
) -> np.ndarray:
    """Smooth each coordinate over time (G. Casiez et al., "1€ Filter", CHI 2012).

    Coordinates are filtered in body sizes, so that the parameters do not depend on resolution.

    Args:
        keypoints: (T, K, 2) in pixels. NaN frames stay NaN; the filter goes on after them with the
            time that has passed.
        size: Size of the body in pixels.
        fps: Frames a second.
        min_cutoff: Cut-off frequency at rest in Hz; lower is smoother.
        beta: Rise of the cut-off with speed, Hz per body size a second; higher lags less.

    Returns:
        (T, K, 2).
    """
    from OneEuroFilter import OneEuroFilter

    scaled = np.asarray(keypoints, np.float64) / size
    tracks = scaled.reshape(len(scaled), -1)
    smoothed = np.full_like(tracks, np.nan)
    for column in range(tracks.shape[1]):
        track = OneEuroFilter(freq=fps, mincutoff=min_cutoff, beta=beta)
        for frame in np.flatnonzero(np.isfinite(tracks[:, column])):
            # The filter takes a time of zero for none at all.
            smoothed[frame, column] = track(tracks[frame, column], (frame + 1) / fps)
    return (smoothed * size).reshape(scaled.shape)


def check_one_euro(min_cutoff: float, beta: float) -> None:
    """Raise a ValueError unless the parameters make sense and the filter's package is there."""
    if not (min_cutoff > 0 and beta >= 0):
        raise ValueError(
            f'--min-cutoff has to be above 0 and --beta at least 0, got {min_cutoff:g} and {beta:g}'
        )
    # An optional package: everything but smoothing works without it.
    if importlib.util.find_spec('OneEuroFilter') is None:
        raise ValueError(
            '--smooth one-euro needs the package OneEuroFilter: pip install OneEuroFilter'
        )
