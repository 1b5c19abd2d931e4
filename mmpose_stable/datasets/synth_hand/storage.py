"""Rendered pictures under paths of their own, for everything that reads a picture by its path."""

from __future__ import annotations

import re

import cv2
from mmengine.fileio import BaseStorageBackend, register_backend

from mmpose_stable.datasets.synth_hand.renderer import render_hand

PREFIX = 'synthhand'
_PATH = re.compile(rf'{PREFIX}://(\d+)/(\w+)/(\w+)/(\d+)x(\d+)/(\d+)\.png')


def picture_path(
    seed: int, split: str, index: int, size: tuple[int, int], views: str = 'all'
) -> str:
    """Return the path from which MMEngine's file functions read a rendered picture as PNG."""
    return f'{PREFIX}://{seed}/{split}/{views}/{size[0]}x{size[1]}/{index:06d}.png'


class SynthHandBackend(BaseStorageBackend):
    """Render the picture that a path names; MMPose's drawing hook reads pictures this way."""

    def get(self, filepath: str) -> bytes:
        """Return the picture as the bytes of a PNG file.

        Raises:
            ValueError: The path is not one of :func:`picture_path`.
        """
        match = _PATH.fullmatch(str(filepath))
        if match is None:
            raise ValueError(
                f'expected a path like {picture_path(0, "val", 7, (160, 160))!r}, got {filepath!r}'
            )
        seed, split, views, width, height, index = match.groups()
        picture = render_hand(int(seed), split, int(index), (int(width), int(height)), views)
        return cv2.imencode('.png', picture.image)[1].tobytes()

    def get_text(self, filepath: str) -> str:
        """Refuse: a picture is no text."""
        raise ValueError(f'{filepath!r} is a picture, not a text')


register_backend(PREFIX, SynthHandBackend, prefixes=PREFIX)
