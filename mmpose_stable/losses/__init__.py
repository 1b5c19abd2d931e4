"""Losses."""

from mmpose_stable.losses.composite_localization import CompositeLocalizationLoss
from mmpose_stable.losses.consistency import (
    JensenShannonLoss,
    MSTLoss,
    OffsetStabilityLoss,
    StabilityLoss,
)
from mmpose_stable.losses.spectral_norm import SpectralNormPenalty
from mmpose_stable.losses.weighted_cross_entropy import WeightedCrossEntropyLoss

__all__ = [
    'CompositeLocalizationLoss',
    'JensenShannonLoss',
    'MSTLoss',
    'OffsetStabilityLoss',
    'SpectralNormPenalty',
    'StabilityLoss',
    'WeightedCrossEntropyLoss',
]
