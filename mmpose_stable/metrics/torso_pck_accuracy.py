"""Percentage of correct keypoints, normalised by the torso, with the columns of LSP tables."""

from __future__ import annotations

import logging

import numpy as np
from mmengine.logging import print_log
from mmpose.registry import METRICS

from mmpose_stable.metrics.labelled_keypoints import LabelledKeypointsMetric

TORSO = ('left_shoulder', 'right_hip')
# Head is the mean of neck and head top, as in the evaluation scripts behind the published numbers.
GROUPS = {
    'Head': ('head_top', 'neck'),
    'Sho': ('right_shoulder', 'left_shoulder'),
    'Elb': ('right_elbow', 'left_elbow'),
    'Wri': ('right_wrist', 'left_wrist'),
    'Hip': ('right_hip', 'left_hip'),
    'Knee': ('right_knee', 'left_knee'),
    'Ank': ('right_ankle', 'left_ankle'),
}
# A torso that is shorter, in pixels, is no measure.
MIN_TORSO = 1.0


@METRICS.register_module()
class TorsoPCKAccuracy(LabelledKeypointsMetric):
    """PCK of LSP, normalised by the distance between left shoulder and right hip.

    MMPose's ``PCKAccuracy(norm_item='torso')`` takes keypoints 4 and 5 (JHMDB's), which are left
    knee and left ankle in LSP. Scores are fractions in [0, 1]: ``torso/PCK`` over all keypoints,
    ``torso/<group> PCK`` as the mean over the group's labelled keypoints, NaN without any.

    A keypoint is correct where its error is at most ``thr`` times the torso. Unlabelled keypoints
    don't count. A sample whose torso ends are not both labelled, or less than a pixel apart, is
    left out as a whole: no length can be made up for it without changing the score. A prediction
    that is not finite is wrong.

    Yang and Ramanan, "Articulated human detection with flexible mixtures of parts", TPAMI 2013;
    torso as in the LSP table of the MPI-INF evaluation scripts.

    Args:
        thr: Fraction of the torso length within which a keypoint is correct.
    """

    default_prefix = 'torso'

    def __init__(
        self, thr: float = 0.2, collect_device: str = 'cpu', prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.thr = thr

    def score(
        self, predicted: np.ndarray, truth: np.ndarray, labelled: np.ndarray
    ) -> dict[str, float]:
        """Return the score over all keypoints and over each group."""
        truth = np.where(labelled[..., None], truth, 0.0)
        start, end = self.places(TORSO)
        length = np.linalg.norm(truth[:, start] - truth[:, end], axis=-1)
        measurable = labelled[:, start] & labelled[:, end] & (length >= MIN_TORSO)
        if not measurable.all():
            print_log(
                f'TorsoPCKAccuracy left out {(~measurable).sum()} samples whose torso '
                f'({TORSO[0]} to {TORSO[1]}) is unlabelled or shorter than a pixel',
                logger='current',
                level=logging.WARNING,
            )
        counted = labelled & measurable[:, None]
        # NaN compares as wrong.
        error = np.linalg.norm(predicted - truth, axis=-1)
        correct = ((error <= self.thr * length[:, None]) & counted).sum(0)
        numbers = counted.sum(0)
        with np.errstate(invalid='ignore'):
            overall = float(correct.sum() / numbers.sum())
            of_keypoint = correct / numbers
        scores = {'PCK': overall}  # the first is the one that tables show
        for name, members in GROUPS.items():
            of_members = of_keypoint[self.places(members)]
            of_members = of_members[np.isfinite(of_members)]
            scores[f'{name} PCK'] = float(of_members.mean()) if of_members.size else float('nan')
        return scores

    def places(self, names: tuple[str, ...]) -> list[int]:
        """Return the indices of keypoints in the data set."""
        known = self.dataset_meta['keypoint_name2id']
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(
                f'TorsoPCKAccuracy is for the keypoints of LSP; {unknown} are no keypoints of '
                f'{self.dataset_meta.get("dataset_name")}, which has {list(known)}'
            )
        return [known[name] for name in names]
