"""The part of a model's head that locates keypoints."""

from __future__ import annotations

from typing import Any

from mmpose.models.heads import VisPredictHead
from torch import nn


def pose_head(head: Any) -> Any:
    """Return the head that makes maps and decodes them: the inner one of a ``VisPredictHead``.

    Args:
        head: A head of MMPose, or None.
    """
    return head.pose_head if isinstance(head, VisPredictHead) else head


def decoder_of(model: nn.Module) -> Any:
    """Return the codec that decodes a model's keypoints, None where it names none."""
    return getattr(pose_head(getattr(model, 'head', None)), 'decoder', None)


def decoder_input_size(model: nn.Module) -> tuple[int, int] | None:
    """Return the width and height in pixels that a model's codec names, None where it does not."""
    size = getattr(decoder_of(model), 'input_size', None)
    return (int(size[0]), int(size[1])) if size is not None and len(size) == 2 else None
