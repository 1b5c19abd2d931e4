"""How much the keypoints of several models shake from frame to frame, measured alike.

A keypoint that stands still or moves evenly has no acceleration, so what is left is true
acceleration of the body plus the jitter of the model; on the same clip the first is the same for
every model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_stable.robustness.metrics import distances


@dataclass(frozen=True)
class JitterComparison:
    """M entries measured alike over T frames and K keypoints.

    Attributes:
        models: How many of the entries are models, the first ones; the others are their smoothed
            copies, in the same order.
        names: M names.
        keypoint_names: K names that all models have.
        keypoints: (M, T, K, 2) in pixels of the frame, NaN where there is no prediction.
        size: (T,) size of the body in pixels.
        jitter: (M, T, K) acceleration in body sizes per frame squared; NaN where unknown.
        moved_by_smoothing: (M,) mean distance of a smoothed entry from its original, in body
            sizes; 0 for originals.
    """

    models: int
    names: list[str]
    keypoint_names: list[str]
    keypoints: np.ndarray
    size: np.ndarray
    jitter: np.ndarray
    moved_by_smoothing: np.ndarray

    @property
    def per_frame(self) -> np.ndarray:
        """(M, T) mean over keypoints."""
        return _mean_known(self.jitter, -1)

    @property
    def per_keypoint(self) -> np.ndarray:
        """(M, K) mean over frames."""
        return _mean_known(self.jitter, 1)

    @property
    def mean(self) -> np.ndarray:
        """(M,) mean over frames and keypoints."""
        return np.array([np.nanmean(values) for values in self.jitter])

    @property
    def worst(self) -> np.ndarray:
        """(M,) 95th percentile over frames and keypoints."""
        return np.array([np.nanpercentile(values, 95) for values in self.jitter])


def compare(
    tracks: Mapping[str, np.ndarray],
    keypoint_names: Mapping[str, Sequence[str]],
    fps: float,
    boxes: np.ndarray | None = None,
    smooth: bool = False,
) -> JitterComparison:
    """Measure the jitter of several models alike.

    Args:
        tracks: Predictions of each model on a clip of T frames, (T, K, 2) in pixels of the frame,
            NaN where there is none.
        keypoint_names: K names of each model.
        boxes: (T, 4) x1, y1, x2, y2 of the person in pixels, NaN without. Their diagonals are the
            body's size. Without boxes it is the diagonal of the rectangle around all keypoints,
            median over models and frames.
        smooth: Whether to measure copies of :func:`one_euro` too.
    """
    names, common = list(tracks), common_keypoints(keypoint_names)
    keypoints = np.stack(
        [
            track[:, [keypoint_names[model].index(name) for name in common]]
            for model, track in tracks.items()
        ]
    )
    if boxes is None:
        # One size for all: a model whose keypoints collapse must not have a smaller body.
        spread = np.hypot(*np.moveaxis(np.ptp(keypoints, axis=2), -1, 0))
        size = np.full(keypoints.shape[1], np.median(spread))
    else:
        size = np.hypot(*(boxes[:, 2:] - boxes[:, :2]).T)
    moved = [0.0] * len(tracks)
    if smooth:
        typical = float(np.nanmedian(size))
        smoothed = np.stack([one_euro(points, typical, fps) for points in keypoints])
        names += [f'{name}, one-euro' for name in names]
        moved += [
            float(np.nanmean(each / size[:, None])) for each in distances(smoothed, keypoints)
        ]
        keypoints = np.concatenate([keypoints, smoothed])
    jitter = np.stack([acceleration(points) / size[:, None] for points in keypoints])
    if np.isnan(jitter).all():
        raise ValueError('the box track has no three frames in a row, so there is no acceleration')
    return JitterComparison(len(tracks), names, common, keypoints, size, jitter, np.array(moved))


def common_keypoints(names: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of the keypoints that all models have, in the order of the first."""
    first = next(iter(names.values()))
    common = [name for name in first if all(name in other for other in names.values())]
    if not common:
        raise ValueError(f'the models have no keypoint in common: {", ".join(names)}')
    return common


def acceleration(keypoints: np.ndarray) -> np.ndarray:
    """Return the length of the second difference over time, ‖p[t+1] − 2 p[t] + p[t−1]‖.

    Args:
        keypoints: (T, ..., 2) in pixels of the video, at least three frames; NaN where there is no
            prediction.

    Returns:
        (T, ...) in pixels per frame squared; NaN at the first and last frame, and wherever one of
        the three frames has no prediction.
    """
    lengths = np.full(keypoints.shape[:-1], np.nan)
    second = keypoints[2:] - 2 * keypoints[1:-1] + keypoints[:-2]
    lengths[1:-1] = np.sqrt(np.square(second).sum(-1))
    return lengths


def one_euro(keypoints: np.ndarray, size: float, fps: float) -> np.ndarray:
    """Smooth each coordinate over time (G. Casiez et al., "1€ Filter", CHI 2012).

    The cut-off frequency is 1 Hz at rest. It rises by 1 Hz for each body size a second of speed, so
    that it does not depend on resolution.

    Args:
        keypoints: (T, K, 2) in pixels. NaN frames stay NaN; the filter goes on after them with the
            time that has passed.
        size: Size of the body in pixels.
        fps: Frames a second.

    Returns:
        (T, K, 2).
    """
    from OneEuroFilter import OneEuroFilter

    tracks = keypoints.reshape(len(keypoints), -1) / size
    smoothed = np.full_like(tracks, np.nan)
    for column in range(tracks.shape[1]):
        track = OneEuroFilter(freq=fps, mincutoff=1.0, beta=1.0)
        for frame in np.flatnonzero(np.isfinite(tracks[:, column])):
            # The filter takes a time of zero for none at all.
            smoothed[frame, column] = track(tracks[frame, column], (frame + 1) / fps)
    return (smoothed * size).reshape(keypoints.shape)


def _mean_known(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of what is not NaN along an axis; NaN where nothing is known."""
    return np.ma.masked_invalid(values).mean(axis).filled(np.nan)
