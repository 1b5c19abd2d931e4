"""The row-column correlation layer: a heatmap times itself, which favours a single peak."""

import math

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.tensors import at_least_float32

NORMALISATIONS = ('l2', 'constant', 'max')
# Z is at least this, so that an all but empty map stays empty and gradients stay finite. A peak of
# 1 whose row and column are more than some 8 deviations apart falls below it and comes out lower.
MIN_SCALE = 1e-6
# The logarithm of a product stops here, not at minus infinity. Its inverse times a loss scale of
# 2^24 is still a float32, so the gradient is finite under GradScaler too.
MIN_PRODUCT = 1e-24


def square_factors(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return the parts (..., H, n) and (..., n, W) of maps whose product is their correlation.

    To multiply a map that is zero-padded to a square on both sides, and to crop it back, is the
    same as to leave out the columns (rows) that would meet the padding, with n = min(H, W).
    """
    height, width = maps.shape[-2:]
    n = min(height, width)
    top, left = (height - n) // 2, (width - n) // 2
    return maps[..., :, left : left + n], maps[..., top : top + n, :]


def row_column_correlation(maps: Tensor) -> Tensor:
    """Return each map times itself, without normalisation, at least float32 in spite of autocast.

    Stable heatmap regression, equation 1: ``RCC(l, m) = Σ_i HT(l, i) HT(i, m)``. The weight of a
    Gaussian peak in it falls with the peak's distance from the diagonal (equation 6).

    Args:
        maps: (..., H, W); zero-padded on both sides to a square where H and W differ.
    """
    with torch.autocast(maps.device.type, enabled=False):
        left, right = square_factors(at_least_float32(maps))
        return left @ right


def log_row_column_correlation(log_maps: Tensor) -> Tensor:
    """Return the logarithm of the row-column correlation of maps, renormalised to sum 1.

    Rows of the left factor and columns of the right are scaled to a maximum of 1 before they are
    multiplied. So a peak far from the diagonal, whose product is as small as exp(-1000), keeps its
    value and its gradient, as long as a path between its row and its column is within
    ``MIN_PRODUCT`` of the scales.

    Args:
        log_maps: Logarithms of non-negative maps, (..., H, W).

    Returns:
        Log-probabilities like ``log_maps``, at least float32 in spite of autocast.
    """
    with torch.autocast(log_maps.device.type, enabled=False):
        left, right = square_factors(at_least_float32(log_maps))
        # A shift that is added again later needs no gradient of its own.
        left_scale = left.detach().amax(-1, keepdim=True)
        right_scale = right.detach().amax(-2, keepdim=True)
        product = (left - left_scale).exp() @ (right - right_scale).exp()
        log_product = product.clamp(min=MIN_PRODUCT).log() + left_scale + right_scale
        return log_product - log_product.logsumexp((-2, -1), keepdim=True)


@MODELS.register_module()
class RowColumnCorrelation(nn.Module):
    """Row-column correlation with its normalisation (stable heatmap regression, equation 7).

    Of several peaks those close to the diagonal, wide ones, and the crossings of pairs gain weight
    (Theorem 2), so that a map with two peaks is a map with a large loss. What one Gaussian peak
    becomes (Theorem 1) depends on what the product is divided by, ``normalise``:

    - ``'l2'``: ``Z = ‖RCC‖₂ / (σ √π)``. It stays; where the border cuts it, it grows up to 2 times.
    - ``'max'``: Z is the largest magnitude. It stays, and its largest pixel has no gradient.
    - ``'constant'``: Z = σ √π, the 2-norm of a Gaussian with a peak of 1 on an unbounded grid. At a
      row and a column that are d apart it becomes ``exp(-d² / 4σ²)`` times as high (equation 6).

    Args:
        normalise: ``'l2'``, ``'constant'`` or ``'max'``.
        sigma: σ of the target's Gaussian in pixels of the map; ``'max'`` needs none.

    Raises:
        ValueError: An unknown normalisation, or a σ that is missing or not above 0.
    """

    def __init__(self, normalise: str = 'l2', sigma: float | None = None) -> None:
        super().__init__()
        if normalise not in NORMALISATIONS:
            raise ValueError(f'`normalise` should be one of {NORMALISATIONS}, got {normalise!r}')
        if normalise != 'max' and (sigma is None or not sigma > 0):
            raise ValueError(
                f'`normalise={normalise!r}` needs the deviation of the targets in pixels of the '
                f'map, got `sigma={sigma!r}`; RCCHead takes it from `head.decoder.sigma`; '
                "`normalise='max'` needs none"
            )
        self.normalise = normalise
        self.sigma = sigma

    def forward(self, maps: Tensor) -> Tensor:
        """Return the normalised correlation of maps (B, K, H, W), float32 or wider."""
        product = row_column_correlation(maps)
        if self.normalise == 'max':
            scale = product.abs().amax((-2, -1), keepdim=True)
        else:
            peak_norm = self.sigma * math.sqrt(math.pi)
            if self.normalise == 'constant':
                return product / peak_norm
            scale = torch.linalg.vector_norm(product, dim=(-2, -1), keepdim=True) / peak_norm
        return product / scale.clamp(min=MIN_SCALE)
