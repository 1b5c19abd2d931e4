"""Layers."""

from mmpose_stable.layers.row_column_correlation import RowColumnCorrelation

__all__ = ['RowColumnCorrelation']
