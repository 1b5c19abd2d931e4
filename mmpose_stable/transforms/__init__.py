"""Training transforms that the two papers use, or the methods they compare with."""

from mmpose_stable.transforms.augmix import AugMixViews
from mmpose_stable.transforms.forget_labels import ForgetLabels
from mmpose_stable.transforms.patch_gaussian import PatchGaussian
from mmpose_stable.transforms.random_shear import RandomShear

__all__ = ['AugMixViews', 'ForgetLabels', 'PatchGaussian', 'RandomShear']
