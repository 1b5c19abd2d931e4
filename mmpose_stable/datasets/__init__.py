"""Datasets; importing this package registers them with MMPose."""

from mmpose_stable.datasets.checks import CheckedCocoDataset, annotation_fault
from mmpose_stable.datasets.lsp import LSPDataset

__all__ = ['CheckedCocoDataset', 'LSPDataset', 'annotation_fault']
