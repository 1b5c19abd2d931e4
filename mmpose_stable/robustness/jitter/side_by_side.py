"""A video of all models side by side, with their skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.colors import to_rgb

from mmpose_stable.robustness.jitter.comparison import JitterComparison
from mmpose_stable.robustness.jitter.video import Video
from mmpose_stable.robustness.report.style import run_style, shorten

# What browsers play and OpenCV's own wheels write.
CODEC = 'VP80'
_WIDEST = 1920
_TALLEST = 540


def write_side_by_side(
    path: Path, video: Video, comparison: JitterComparison, links: Sequence[tuple[int, int]]
) -> None:
    """Write one panel for each entry, at the speed of the clip."""
    entries = len(comparison.names)
    scale = min(1.0, _TALLEST / video.height, _WIDEST / (entries * video.width))
    # The codec halves both sides for colours.
    width, height = (2 * max(1, round(scale * side / 2)) for side in (video.width, video.height))
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*CODEC), video.fps, (entries * width, height)
    )
    if not writer.isOpened():
        raise ValueError(f'OpenCV of this machine cannot write {path} with the codec {CODEC}')
    colours = [
        tuple(255 * channel for channel in to_rgb(run_style(at % comparison.models)['color'])[::-1])
        for at in range(entries)
    ]
    names = [shorten(name, max(8, width // 12)) for name in comparison.names]
    try:
        for at, frame in enumerate(video.frames(comparison.keypoints.shape[1])):
            small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
            factor = np.array([width / video.width, height / video.height])
            panels = [
                draw_pose(small.copy(), factor * keypoints[at], links, colour, name)
                for keypoints, colour, name in zip(
                    comparison.keypoints, colours, names, strict=True
                )
            ]
            writer.write(np.concatenate(panels, 1))
    finally:
        writer.release()


def draw_pose(
    picture: np.ndarray,
    keypoints: np.ndarray,
    links: Sequence[tuple[int, int]],
    colour: Sequence[float],
    name: str,
) -> np.ndarray:
    """Draw one person into a picture (H, W, 3) uint8 BGR, and return it.

    Args:
        picture: Changed in place.
        keypoints: (K, 2) in its pixels; NaN is left out.
        colour: BGR in 0..255.
    """
    known = np.isfinite(keypoints).all(-1)
    # Far outside a picture OpenCV's integers would overflow.
    places = np.clip(np.nan_to_num(keypoints), -9999, 9999).round().astype(int).tolist()
    thick = max(1, picture.shape[0] // 240)
    for first, second in links:
        if known[first] and known[second]:
            cv2.line(picture, places[first], places[second], colour, thick, cv2.LINE_AA)
    for at in np.flatnonzero(known):
        cv2.circle(picture, places[at], thick + 1, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(picture, places[at], thick + 1, colour, 1, cv2.LINE_AA)
    for ink, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(picture, name, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, ink, width, cv2.LINE_AA)
    return picture
