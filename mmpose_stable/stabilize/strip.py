"""Frames of a video with the keypoints of two models, one row a model."""

from itertools import islice
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mmpose_stable.robustness.files import read_columns
from mmpose_stable.robustness.jitter.record import COLUMNS_FILE, SCHEMA
from mmpose_stable.robustness.jitter.video import Video
from mmpose_stable.robustness.report.style import new_figure, run_style

FRAMES = 6
TRAIL = 6
_MARGIN = 0.08
STRIP_CAPTION = (
    'Frames at equal distances, before above after. Lines are the way of each keypoint through the '
    f'{TRAIL} frames before.'
)


def draw_strip(video: Video, folder: Path, models: int = 2) -> Figure:
    """Draw frames at equal distances, each keypoint with its way through the frames before."""
    _, columns = read_columns(folder / COLUMNS_FILE, SCHEMA)
    known = np.flatnonzero(~np.isnan(columns['boxes']).any(1))
    chosen = known[np.linspace(min(TRAIL, len(known) - 1), len(known) - 1, FRAMES).astype(int)]
    wanted = set(chosen.tolist())
    frames = {
        at: frame[..., ::-1]
        for at, frame in enumerate(islice(video.frames(None), int(chosen[-1]) + 1))
        if at in wanted
    }
    points = columns['keypoints'][:models]
    left, top, right, bottom = _region(points[:, chosen], video)
    shape = (bottom - top) / (right - left)
    figure = new_figure(FRAMES * 1.9, models * (1.9 * shape + 0.25))
    grid = figure.subplots(models, FRAMES, squeeze=False)
    for row, (axes_of_row, track) in enumerate(zip(grid, points, strict=True)):
        color = run_style(row)['color']
        for axes, at in zip(axes_of_row, chosen, strict=True):
            axes.imshow(frames[int(at)])
            axes.plot(*track[max(0, at - TRAIL) : at + 1].transpose(2, 0, 1), color=color, lw=0.8)
            axes.scatter(
                *track[at].T, s=7, color=color, edgecolors='white', linewidths=0.4, zorder=3
            )
            axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
            axes.set_title(f'{columns["name"][row]}, {at / video.fps:.1f} s', fontsize=9)
    return figure


def _region(points: np.ndarray, video: Video) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the part of all frames that shows the keypoints."""
    size = np.array([video.width, video.height], float)
    low, high = np.nanpercentile(points.reshape(-1, 2), [1, 99], axis=0)
    margin = _MARGIN * size.max()
    (left, top), (right, bottom) = np.maximum(low - margin, 0), np.minimum(high + margin, size)
    return left, top, right, bottom
