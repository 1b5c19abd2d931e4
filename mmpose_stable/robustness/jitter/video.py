"""Frames of a video, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mmpose_stable.robustness.jitter.measure import MIN_FRAMES


@dataclass(frozen=True)
class Video:
    """A video file that can be read.

    Attributes:
        length: How many frames are going to be read, as the file's header promises.
    """

    path: Path
    width: int
    height: int
    fps: float
    length: int

    def frames(self, limit: int | None) -> Iterator[np.ndarray]:
        """Yield frames (H, W, 3) uint8 BGR, upright, from the start, at most ``limit``."""
        capture = open_capture(self.path)
        try:
            count = 0
            while limit is None or count < limit:
                read, frame = capture.read()
                if not read:
                    return
                yield frame
                count += 1
        finally:
            capture.release()


def open_capture(path: Path) -> cv2.VideoCapture:
    """Open a video whose frames come upright, as its metadata say; OpenCV leaves them as filmed."""
    capture = cv2.VideoCapture(str(path))
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def open_video(path: Path, limit: int | None = None) -> Video:
    """Look at a video's header and its first frames."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f'video: expected a file, got {str(path)!r}')
    if limit is not None and limit < MIN_FRAMES:
        raise ValueError(f'--max-frames: expected at least {MIN_FRAMES}, got {limit}')
    capture = open_capture(path)
    fps, length = capture.get(cv2.CAP_PROP_FPS), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    first = list(Video(path, 0, 0, fps, length).frames(MIN_FRAMES))
    if not first:
        raise ValueError(f'video: OpenCV cannot read a frame of {str(path)!r}')
    if len(first) < MIN_FRAMES:
        raise ValueError(
            f'video: {str(path)!r} has {len(first)} frames, expected at least {MIN_FRAMES}'
        )
    if not fps > 0:
        raise ValueError(f'video: {str(path)!r} does not say how many frames it has a second')
    height, width = first[0].shape[:2]
    if length < MIN_FRAMES:
        # Streams carry no count; the frames have to be counted.
        length = sum(1 for _ in Video(path, width, height, fps, 0).frames(limit))
    return Video(path, width, height, fps, length if limit is None else min(length, limit))
