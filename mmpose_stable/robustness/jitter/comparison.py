"""Jitter of several models on one clip, with the same body size and the same keypoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmpose_stable.robustness.jitter.measure import (
    acceleration,
    keypoint_spread,
    mean_known,
    one_euro,
)
from mmpose_stable.robustness.metrics import distances


@dataclass(frozen=True)
class Track:
    """What one model predicts on a clip of T frames.

    Attributes:
        name: How figures and files call it.
        keypoint_names: K names.
        keypoints: (T, K, 2) in pixels of the frame, NaN where there is no prediction.
        scores: (T, K).
    """

    name: str
    keypoint_names: tuple[str, ...]
    keypoints: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class JitterComparison:
    """M entries measured alike over T frames and K keypoints.

    Attributes:
        models: How many of the entries are models, the first ones; the others are their smoothed
            copies, in the same order.
        names: M names.
        keypoint_names: K names that all models have.
        left_out: Names of keypoints that only some models have.
        keypoints: (M, T, K, 2) in pixels of the frame.
        scores: (M, T, K).
        size: (T,) size of the body in pixels.
        jitter: (M, T, K) acceleration in body sizes per frame squared; NaN where unknown.
        moved_by_smoothing: (M,) mean distance of a smoothed entry from its original, in body
            sizes; 0 for originals.
    """

    models: int
    names: tuple[str, ...]
    keypoint_names: tuple[str, ...]
    left_out: tuple[str, ...]
    keypoints: np.ndarray
    scores: np.ndarray
    size: np.ndarray
    jitter: np.ndarray
    moved_by_smoothing: np.ndarray

    @property
    def per_frame(self) -> np.ndarray:
        """(M, T) mean over keypoints."""
        return mean_known(self.jitter, -1)

    @property
    def per_keypoint(self) -> np.ndarray:
        """(M, K) mean over frames."""
        return mean_known(self.jitter, 1)

    @property
    def mean(self) -> np.ndarray:
        """(M,) mean over frames and keypoints."""
        return np.array([float(mean_known(values)) for values in self.jitter])

    @property
    def worst(self) -> np.ndarray:
        """(M,) 95th percentile over frames and keypoints."""
        return np.array([np.nanpercentile(values, 95) for values in self.jitter])


def common_keypoints(names: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of the keypoints that all models have, in the order of the first."""
    first = next(iter(names.values()))
    common = [name for name in first if all(name in other for other in names.values())]
    if not common:
        raise ValueError(f'the models have no keypoint in common: {", ".join(names)}')
    return common


def compare(
    tracks: Sequence[Track],
    boxes: np.ndarray,
    size_by: str,
    fps: float,
    smoothing: dict[str, Any] | None = None,
) -> JitterComparison:
    """Measure the jitter of several models alike.

    Args:
        boxes: (T, 4) x1, y1, x2, y2 of the person in pixels, NaN without.
        size_by: What the body's size is: ``box``, each frame's diagonal of the box, or ``spread``,
            :func:`.measure.keypoint_spread`.
        smoothing: Parameters of :func:`.measure.one_euro`; None for no smoothed copies.
    """
    common = common_keypoints({track.name: track.keypoint_names for track in tracks})
    everything = dict.fromkeys(name for track in tracks for name in track.keypoint_names)
    picked = [(t, [t.keypoint_names.index(name) for name in common]) for t in tracks]
    keypoints = np.stack([track.keypoints[:, at] for track, at in picked])
    scores = np.stack([track.scores[:, at] for track, at in picked])
    corners = boxes[: keypoints.shape[1]]
    size = np.hypot(*(corners[:, 2:] - corners[:, :2]).T)
    if size_by == 'spread':
        size[:] = keypoint_spread(keypoints)
    names = [track.name for track in tracks]
    moved = [0.0] * len(tracks)
    if smoothing is not None:
        typical = float(np.nanmedian(size))
        smooth = np.stack([one_euro(points, typical, fps, **smoothing) for points in keypoints])
        names += [f'{name}, one-euro' for name in names]
        moved += [float(mean_known(d / size[:, None])) for d in distances(smooth, keypoints)]
        keypoints, scores = np.concatenate([keypoints, smooth]), np.concatenate([scores, scores])
    jitter = np.stack([acceleration(points) / size[:, None] for points in keypoints])
    if np.isnan(jitter).all((1, 2)).any():
        raise ValueError('the box track has no three frames in a row, so there is no acceleration')
    return JitterComparison(
        models=len(tracks),
        names=tuple(names),
        keypoint_names=tuple(common),
        left_out=tuple(name for name in everything if name not in common),
        keypoints=keypoints,
        scores=scores,
        size=size,
        jitter=jitter,
        moved_by_smoothing=np.array(moved),
    )
