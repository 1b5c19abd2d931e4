"""The one-euro filter on keypoints, to see how much of the jitter smoothing takes away."""

from __future__ import annotations

import importlib.util

import numpy as np


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
    check_one_euro(min_cutoff, beta)
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
