"""Data pre-processors."""

from mmpose_stable.data_preprocessors.views import ViewsDataPreprocessor

__all__ = ['ViewsDataPreprocessor']
