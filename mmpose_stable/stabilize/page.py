"""The page that compares a model before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mmpose_stable.robustness.jitter.record import FIGURE_FILE
from mmpose_stable.robustness.jitter.video import Video
from mmpose_stable.robustness.report import Run, write_pages
from mmpose_stable.robustness.report.page import PageFigure
from mmpose_stable.robustness.report.style import write_png
from mmpose_stable.stabilize.strip import TRAIL, draw_strip

PAGE_FILE = 'before_after.html'


def write_before_after(
    folder: Path,
    runs: Mapping[str, Run],
    lines: Sequence[str],
    video: Video | None,
    jitter: Path | None,
) -> Path:
    """Write the page and its figures; the verdict stands first."""
    first = []
    if video is not None:
        strip = write_png(folder / 'figures' / 'strip.png', draw_strip(video, jitter))
        caption = (
            f'Frames at equal distances, before above after. Lines are the way of each keypoint '
            f'through the {TRAIL} frames before.'
        )
        first.append(PageFigure('Keypoints on the video', caption, strip, wide=True))
        png = (jitter / FIGURE_FILE).read_bytes()
        caption = 'Acceleration of the keypoints: what moves evenly has none. Dashed: smoothed.'
        first.append(PageFigure('Jitter on the video', caption, png, wide=True))
    dataset = next(iter(runs.values())).content['dataset']['name']
    title = f'Before and after stabilising, on {dataset}'
    return write_pages(list(runs.values()), lines, folder, PAGE_FILE, title, first)
