"""Jitter drawn: over time and by keypoint, and a video of all models side by side."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from mmpose_stable.robustness.jitter.measure import JitterComparison
from mmpose_stable.robustness.jitter.video import Video
from mmpose_stable.robustness.report import style

# What browsers play and OpenCV's own wheels write.
_CODEC = 'VP80'
_WIDEST, _TALLEST = 1920, 540


def draw_jitter(comparison: JitterComparison, fps: float) -> Figure:
    """Draw the mean over keypoints at each time above, and the mean over time of each keypoint.

    Each model has a colour; smoothed copies are dashed above and pale below.
    """
    count, entries = len(comparison.keypoint_names), len(comparison.names)
    bars = max(2.4, 0.5 + count * max(0.2, 0.1 * entries))
    figure = style.new_figure(5.6, 3.2 + bars)
    over_time, by_keypoint = figure.subplots(2, 1, height_ratios=[2.4, bars])
    time = np.arange(comparison.jitter.shape[1]) / fps
    thickness, places = 0.8 / entries, np.arange(count)
    for at, name in enumerate(comparison.names):
        color, smoothed = _color(comparison, at), at >= comparison.models
        over_time.plot(
            time,
            100 * comparison.per_frame[at],
            label=f'{style.shorten(name, 48)} (mean {100 * comparison.mean[at]:.2f} %)',
            linewidth=1.2,
            color=color,
            linestyle='--' if smoothed else '-',
        )
        by_keypoint.barh(
            places + (at - (entries - 1) / 2) * thickness,
            100 * comparison.per_keypoint[at],
            height=thickness * 0.92,
            color=color,
            alpha=0.45 if smoothed else 1.0,
        )
    unit = '(% of body size per frame²)'
    over_time.set(xlim=(0, time[-1]), xlabel='time (s)', ylabel=f'acceleration\n{unit}')
    over_time.set_ylim(bottom=0)
    by_keypoint.set_yticks(places, [style.readable(name) for name in comparison.keypoint_names])
    by_keypoint.invert_yaxis()
    by_keypoint.set_xlim(left=0)
    by_keypoint.margins(y=0.01)
    by_keypoint.set_xlabel(f'acceleration {unit},\nmean over frames, lower is better')
    style.tidy(over_time)
    style.tidy(by_keypoint)
    style.legend_above(figure, over_time)
    return figure


def _color(comparison: JitterComparison, at: int) -> str:
    return style.run_style(at % comparison.models)['color']


def write_side_by_side(
    path: Path, video: Video, comparison: JitterComparison, links: Sequence[tuple[int, int]]
) -> None:
    """Write a video of one panel for each entry, at the speed of the clip."""
    unfinished = path.with_name(f'.{path.name}')  # OpenCV takes the format from the ending
    entries = len(comparison.names)
    scale = min(1.0, _TALLEST / video.height, _WIDEST / (entries * video.width))
    # The codec halves both sides for colours.
    width, height = (2 * max(1, round(scale * side / 2)) for side in (video.width, video.height))
    codec = cv2.VideoWriter.fourcc(*_CODEC)
    writer = cv2.VideoWriter(str(unfinished), codec, video.fps, (entries * width, height))
    if not writer.isOpened():
        raise ValueError(f'OpenCV of this machine cannot write {path} with the codec {_CODEC}')
    colors = [[255 * c for c in to_rgb(_color(comparison, at))[::-1]] for at in range(entries)]
    names = [style.shorten(name, max(8, width // 12)) for name in comparison.names]
    places = comparison.keypoints * (width / video.width, height / video.height)
    for at, frame in enumerate(video.frames(places.shape[1])):
        small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        panels = [
            draw_pose(small.copy(), keypoints[at], links, color, name)
            for keypoints, color, name in zip(places, colors, names, strict=True)
        ]
        writer.write(np.concatenate(panels, 1))
    writer.release()
    unfinished.replace(path)


def draw_pose(
    picture: np.ndarray,
    keypoints: np.ndarray,
    links: Sequence[tuple[int, int]],
    color: Sequence[float],
    name: str,
) -> np.ndarray:
    """Draw one person into a picture (H, W, 3) uint8 BGR, and return it.

    Args:
        picture: Changed in place.
        keypoints: (K, 2) in its pixels; NaN is left out.
        color: BGR in 0..255.
    """
    known = np.isfinite(keypoints).all(-1)
    # Far outside a picture OpenCV's integers would overflow.
    places = np.clip(np.nan_to_num(keypoints), -9999, 9999).round().astype(int).tolist()
    thick = max(1, picture.shape[0] // 240)
    for first, second in links:
        if known[first] and known[second]:
            cv2.line(picture, places[first], places[second], color, thick, cv2.LINE_AA)
    for at in np.flatnonzero(known):
        cv2.circle(picture, places[at], thick + 1, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(picture, places[at], thick + 1, color, 1, cv2.LINE_AA)
    for ink, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(picture, name, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, ink, width, cv2.LINE_AA)
    return picture
