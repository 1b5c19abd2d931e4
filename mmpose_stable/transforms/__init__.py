"""Training transforms of the methods that stable heatmap regression is compared with."""

from mmpose_stable.transforms.augmix_views import AugMixViews
from mmpose_stable.transforms.patch_gaussian import PatchGaussian

__all__ = ['AugMixViews', 'PatchGaussian']
