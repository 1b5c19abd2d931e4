"""MMPose metric of PCK normalised by the torso, with the columns of LSP tables."""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
from mmengine.logging import print_log
from mmpose.evaluation.metrics import MpiiPCKAccuracy
from mmpose.registry import METRICS

from mmpose_stable.metrics.labelled_keypoints import LabelledKeypointsMetric
from mmpose_stable.metrics.pck import torso_pck

#: Columns of the LSP tables. Head is the mean of neck and head top, as in the evaluation scripts
#: behind the published numbers.
LSP_GROUPS: Mapping[str, tuple[str, ...]] = {
    'Head': ('head_top', 'neck'),
    'Sho': ('right_shoulder', 'left_shoulder'),
    'Elb': ('right_elbow', 'left_elbow'),
    'Wri': ('right_wrist', 'left_wrist'),
    'Hip': ('right_hip', 'left_hip'),
    'Knee': ('right_knee', 'left_knee'),
    'Ank': ('right_ankle', 'left_ankle'),
}


def _mean_of_counted(scores: np.ndarray) -> float:
    """Return the mean over the keypoints that were ever labelled, NaN without any."""
    counted = scores[np.isfinite(scores)]
    return float(counted.mean()) if counted.size else float('nan')


def joint_table(scores: Mapping[str, float], measure: str = 'PCK') -> str:
    """Return scores as the columns of a paper's table, in per cent; a dash where undefined."""
    titles = [name.removesuffix(' PCK') for name in scores]
    shown = [f'{100 * value:.1f}' if np.isfinite(value) else '–' for value in scores.values()]
    widths = [max(len(title), 5) for title in titles]
    lines = (
        '  '.join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in (titles, shown)
    )
    return f'{measure} in per cent\n' + '\n'.join(lines)


@METRICS.register_module()
class TorsoPCKAccuracy(LabelledKeypointsMetric):
    """PCK normalised by the distance between two keypoints given by name.

    MMPose's ``PCKAccuracy(norm_item='torso')`` takes keypoints 4 and 5 (JHMDB's), which are left
    knee and left ankle in LSP. Scores are fractions in [0, 1]: ``torso/PCK`` over all keypoints,
    ``torso/<group> PCK`` as the mean over the group's labelled keypoints. The log also
    shows them as the published tables do, in per cent. See
    :func:`mmpose_stable.metrics.pck.torso_pck` for what is counted.

    Args:
        thr: Fraction of the torso length within which a keypoint is correct.
        torso: Names of the keypoints that span the torso.
        groups: Keypoint names by column; an empty mapping gives the overall score only.
    """

    default_prefix = 'torso'

    def __init__(
        self,
        thr: float = 0.2,
        torso: Sequence[str] = ('left_shoulder', 'right_hip'),
        groups: Mapping[str, Sequence[str]] = LSP_GROUPS,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not thr > 0:
            raise ValueError(f'thr of TorsoPCKAccuracy should be positive, but is {thr}')
        if len(torso) != 2:
            raise ValueError(f'torso of TorsoPCKAccuracy should be two names, but is {torso}')
        self.thr = thr
        self.torso = tuple(torso)
        self.groups = {name: tuple(members) for name, members in groups.items()}

    def score(
        self, predicted: np.ndarray, truth: np.ndarray, labelled: np.ndarray
    ) -> dict[str, float]:
        """Return the score over all keypoints and over each group."""
        start, end = self.places(self.torso, 'torso')
        found = torso_pck(predicted, truth, labelled, (start, end), self.thr)
        if found.excluded:
            print_log(
                f'TorsoPCKAccuracy left out {found.excluded} samples whose torso '
                f'({self.torso[0]} to {self.torso[1]}) is unlabelled or shorter than a pixel',
                logger='current',
                level=logging.WARNING,
            )
        scores = {
            f'{name} PCK': _mean_of_counted(found.per_keypoint[self.places(members, 'groups')])
            for name, members in self.groups.items()
        }
        print_log(joint_table({**scores, 'Total': found.overall}), logger='current')
        return {'PCK': found.overall, **scores}  # the first is the one that tables show

    def places(self, names: Sequence[str], option: str) -> list[int]:
        """Return the indices of an option's keypoints in the data set."""
        known = self.dataset_meta['keypoint_name2id']
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(
                f'{unknown} in "{option}" of TorsoPCKAccuracy are no keypoints of '
                f'{self.dataset_meta.get("dataset_name")}, which has {list(known)}'
            )
        return [known[name] for name in names]


@METRICS.register_module()
class PCKhAccuracy(MpiiPCKAccuracy):
    """``MpiiPCKAccuracy``, whose log also shows the joints as the published tables do.

    Head, Shoulder, Elbow, Wrist, Hip, Knee and Ankle, then the mean over all labelled joints but
    pelvis and thorax, in per cent. Scores, their names and arguments are MMPose's.
    """

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Return MMPose's scores, in per cent, and log the table."""
        scores = super().compute_metrics(results)
        joints = {name: value / 100 for name, value in scores.items() if name.endswith(' PCK')}
        if joints:
            print_log(
                joint_table({**joints, 'Total': scores['PCK'] / 100}, f'PCKh@{self.thr:g}'),
                logger='current',
            )
        return scores
