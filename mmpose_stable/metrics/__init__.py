"""Metrics; importing this package registers them with MMPose."""

from mmpose_stable.metrics.keypoint_auc import KeypointAUC
from mmpose_stable.metrics.keypoint_file import KeypointFile
from mmpose_stable.metrics.torso_pck_accuracy import TorsoPCKAccuracy

__all__ = ['KeypointAUC', 'KeypointFile', 'TorsoPCKAccuracy']
