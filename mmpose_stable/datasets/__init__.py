"""Datasets; importing this package registers them with MMPose."""

from mmpose_stable.datasets.checks import CheckedCocoDataset, annotation_fault
from mmpose_stable.datasets.lsp import LSPDataset
from mmpose_stable.datasets.stb import STBDataset

__all__ = [
    'CheckedCocoDataset',
    'LSPDataset',
    'STBDataset',
    'annotation_fault',
]
