"""MMPose's metric of MPII with the table of the papers in the log."""

from __future__ import annotations

from mmengine.logging import print_log
from mmpose.evaluation.metrics import MpiiPCKAccuracy
from mmpose.registry import METRICS

from mmpose_stable.metrics.torso_pck_accuracy import joint_table


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
