"""The size of the crop that a top-down pipeline makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmpose.datasets.transforms import TopdownAffine


def cropped_size(transforms: Sequence[Callable]) -> tuple[int, int] | None:
    """Return the width and height in pixels of the last crop of a pipeline, None without one."""
    sizes = [step.input_size for step in transforms if isinstance(step, TopdownAffine)]
    return sizes[-1] if sizes else None
