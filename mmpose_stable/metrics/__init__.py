"""Metrics; importing this package registers them with MMPose."""

from mmpose_stable.metrics.keypoint_auc import KeypointAUC
from mmpose_stable.metrics.keypoint_file import KeypointFile
from mmpose_stable.metrics.pck import PckResult, torso_pck
from mmpose_stable.metrics.torso_pck_accuracy import LSP_GROUPS, PCKhAccuracy, TorsoPCKAccuracy

__all__ = [
    'LSP_GROUPS',
    'KeypointAUC',
    'KeypointFile',
    'PCKhAccuracy',
    'PckResult',
    'TorsoPCKAccuracy',
    'torso_pck',
]
