"""What every codec asks of the person that it encodes."""

from __future__ import annotations

import numpy as np


def check_person(
    codec: str, keypoints: np.ndarray, keypoints_visible: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return a person's weights, and which keypoints are finite numbers.

    Args:
        codec: Whose input it is, for the message.
        keypoints: (1, K, 2) in input pixels.
        keypoints_visible: (1, K); all visible where not given.

    Returns:
        Weights (1, K), a float32 copy of ``keypoints_visible``, and boolean (K,).

    Raises:
        ValueError: Not one person, or a visible keypoint is not a finite number.
    """
    if keypoints.ndim != 3 or keypoints.shape[0] != 1 or keypoints.shape[2] != 2:
        raise ValueError(f'{codec} encodes one person, (1, K, 2), got {keypoints.shape}')
    if keypoints_visible is None:
        keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
    weights = np.array(keypoints_visible, np.float32)
    finite = np.isfinite(keypoints[0]).all(-1)
    if (weights[0, ~finite] > 0).any():
        bad = np.flatnonzero(~finite & (weights[0] > 0)).tolist()
        raise ValueError(
            f'visible keypoints should be finite numbers of pixels, got NaN or infinity at '
            f'keypoints {bad}; mark them invisible (v = 0) in the annotation file, or mend the '
            "person's box there, if all of them are"
        )
    return weights, finite
