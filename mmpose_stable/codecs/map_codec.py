"""What both codecs share."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import torch
from mmpose.codecs.base import BaseKeypointCodec
from torch import Tensor

from mmpose_stable.codecs.layouts import PLAIN, MapLayout


class MapCodec(BaseKeypointCodec):
    """Base of the codecs of one person that decode maps (B, C, H, W)."""

    layout: ClassVar[MapLayout] = PLAIN
    label_mapping_table: ClassVar = {'keypoint_weights': 'keypoint_weights'}

    @abstractmethod
    def peaks(self, maps: Tensor, traced: bool = True) -> tuple[Tensor, Tensor]:
        """Return the keypoints and scores of maps as tensors; exports keep this in the network.

        Args:
            maps: (..., C, H, W), float32.
            traced: Take the same steps for all values of the maps, as an exported graph needs.

        Returns:
            Keypoints (..., K, 2) x, y in input pixels and scores (..., K).

        Raises:
            ValueError: The maps are not of the codec's size and layout.
        """

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return keypoints (1, K, 2) in input pixels and scores (1, K) of maps (C, H, W)."""
        keypoints, scores = self.batch_decode(torch.as_tensor(encoded)[None])
        return keypoints[0], scores[0]

    def batch_decode(self, batch_encoded: Tensor) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return what :meth:`decode` does for each of B maps, a tensor (B, C, H, W)."""
        keypoints, scores = self.peaks(batch_encoded.detach().float(), traced=False)
        return list(keypoints.cpu().numpy()[:, None]), list(scores.cpu().numpy()[:, None])

    def check_person(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return a copy of a person's weights (1, K), and which keypoints are finite, (K,)."""
        if keypoints.ndim != 3 or keypoints.shape[0] != 1 or keypoints.shape[2] != 2:
            raise ValueError(
                f'{type(self).__name__} encodes one person, (1, K, 2), got {keypoints.shape}'
            )
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
        weights = np.array(keypoints_visible, np.float32)
        finite = np.isfinite(keypoints[0]).all(-1)
        bad = np.flatnonzero(~finite & (weights[0] > 0)).tolist()
        if bad:
            raise ValueError(
                f'visible keypoints should be finite numbers of pixels, got NaN or infinity at '
                f'keypoints {bad}; mark them invisible (v = 0) in the annotation file, or mend the '
                "person's box there, if all of them are"
            )
        return weights, finite
