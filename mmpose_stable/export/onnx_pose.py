"""From a picture and a box to keypoints in the picture, with NumPy and ONNX Runtime alone.

The file needs nothing else of this package: copy it beside the exported model.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np


class OnnxPose:
    """A pose model that ``export_onnx`` wrote.

    Args:
        path: The ONNX file; its metadata names the input's size and how a box is cropped.
        providers: ONNX Runtime's execution providers.
    """

    def __init__(self, path: str | Path, providers: tuple[str, ...] = ('CPUExecutionProvider',)):
        from onnxruntime import InferenceSession

        self.session = InferenceSession(str(path), providers=list(providers))
        described = self.session.get_modelmeta().custom_metadata_map
        self.size = np.array(json.loads(described['input_size']))
        self.padding = json.loads(described['box_padding'])
        self.use_udp = json.loads(described['use_udp'])

    def __call__(self, picture: np.ndarray, box: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return keypoints (K, 2) x, y in pixels of the picture and scores (K,).

        Args:
            picture: (H, W, 3) uint8, BGR as OpenCV reads it.
            box: Left, top, right, bottom of a person in pixels, of any shape.
        """
        corners = np.asarray(box, float).reshape(2, 2)
        # The padded box, lengthened on one side to the shape of the input.
        unit = ((corners[1] - corners[0]) * self.padding / self.size).max()
        start = corners.mean(0) - self.size * unit / 2
        step = unit * self.size / (self.size - 1) if self.use_udp else np.array([unit, unit])
        columns, rows = (start[at] + step[at] * np.arange(self.size[at]) for at in (0, 1))
        crop = sample(sample(picture.astype(np.float32), rows, 0), columns, 1)
        images = np.rint(crop).astype(np.uint8).transpose(2, 0, 1)[None]
        keypoints, scores = self.session.run(None, {'images': np.ascontiguousarray(images)})
        return keypoints[0] * unit + start, scores[0]


def sample(values: np.ndarray, positions: np.ndarray, axis: int) -> np.ndarray:
    """Return values between the entries along an axis, linearly; 0 lies outside."""
    ones = [1] * values.ndim
    ones[axis] = -1
    low = np.floor(positions).astype(int)
    result: Any = 0
    for index, share in ((low, low + 1 - positions), (low + 1, positions - low)):
        inside = (index >= 0) & (index < values.shape[axis])
        weight = (share * inside).astype(values.dtype).reshape(ones)
        result = result + weight * np.take(values, index.clip(0, values.shape[axis] - 1), axis)
    return result
