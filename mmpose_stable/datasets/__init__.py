"""Datasets; importing this package registers them with MMPose."""

from mmpose_stable.datasets.checked import CheckedCocoDataset, check_configured_files
from mmpose_stable.datasets.checks import annotation_fault
from mmpose_stable.datasets.lsp import LSPDataset
from mmpose_stable.datasets.stb import STBDataset
from mmpose_stable.datasets.unlabelled import UnlabelledDataset

__all__ = [
    'CheckedCocoDataset',
    'LSPDataset',
    'STBDataset',
    'UnlabelledDataset',
    'annotation_fault',
    'check_configured_files',
]
