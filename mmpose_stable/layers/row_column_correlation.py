"""The row-column correlation layer: a heatmap times itself, which favours a single peak."""

from __future__ import annotations

import math

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.tensors import at_least_float32

NORMALISATIONS = ('l2', 'constant', 'max')
# Below this a map is all but empty and is not blown up to 1. Also bounds the gradient of 1 / Z. A
# peak of 1 whose row and column are more than some 8 deviations apart falls below it and comes out
# smaller than 1; of a map that is a thousand times larger it does not, and a network can learn that
# scale.
MIN_SCALE = 1e-6
# The logarithm of a product stops here, not at minus infinity. Its inverse times a loss scale of
# 2^24 is still a float32, so the gradient is finite under GradScaler too.
MIN_PRODUCT = 1e-24


def square_factors(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return the parts (..., H, n) and (..., n, W) of maps whose product is their correlation.

    A map that is not square is padded with zeros on both sides of its shorter axis, multiplied and
    cropped back, which is the same as leaving out the columns (rows) that would meet the padding,
    with n = min(H, W). Padding on both sides lets the diagonal pass through the centre of the map,
    where the person is.
    """
    height, width = maps.shape[-2:]
    n = min(height, width)
    top, left = (height - n) // 2, (width - n) // 2
    return maps[..., :, left : left + n], maps[..., top : top + n, :]


def row_column_correlation(maps: Tensor) -> Tensor:
    """Return each map times itself, without normalisation.

    Stable heatmap regression, equation 1: ``RCC(l, m) = Σ_i HT(l, i) HT(i, m)``. The weight of a
    Gaussian peak in it falls with the peak's distance from the diagonal (equation 6).

    Args:
        maps: (..., H, W); zero-padded to a square where H and W differ, see :func:`square_factors`.

    Returns:
        Like ``maps``, at least float32 whatever autocast is on.
    """
    with torch.autocast(maps.device.type, enabled=False):
        left, right = square_factors(at_least_float32(maps))
        return left @ right


def normalise_peak(maps: Tensor, min_scale: float = MIN_SCALE) -> Tensor:
    """Divide each map by Z, the largest magnitude in it (equation 7).

    On maps without negative values Z is the paper's maximum. A network's raw map can be negative
    everywhere, where the maximum is no scale: it may be 0 or of the wrong sign. With the magnitude
    the result always lies in [-1, 1].

    Args:
        maps: (..., H, W), float32 or wider.
        min_scale: Z is at least this, so that an empty map stays empty and gradients stay finite.
    """
    return maps / maps.abs().amax((-2, -1), keepdim=True).clamp(min=min_scale)


def normalise_norm(maps: Tensor, sigma: float, min_scale: float = MIN_SCALE) -> Tensor:
    """Divide each map by ``Z = ‖map‖₂ / (σ √π)``, the peak of a Gaussian that has the map's norm.

    ``‖G‖₂ = σ √π`` for a Gaussian with a peak of 1 on an unbounded grid, so that such a map stays
    as it is. Of a Gaussian that the map's border cuts, the norm is smaller and the result larger:
    up to √2 times at a side, 2 times in a corner. Unlike the maximum, Z is smooth, and every pixel
    keeps a gradient of its own.

    Args:
        maps: (..., H, W), float32 or wider.
        sigma: σ of the target's Gaussian, in pixels of the map.
        min_scale: Z is at least this, as in :func:`normalise_peak`.
    """
    norm = torch.linalg.vector_norm(maps, dim=(-2, -1), keepdim=True)
    return maps / (norm / gaussian_norm(sigma)).clamp(min=min_scale)


def gaussian_norm(sigma: float) -> float:
    """Return ``σ √π``, the 2-norm of a Gaussian (equation 2) over an unbounded grid."""
    return sigma * math.sqrt(math.pi)


def log_row_column_correlation(log_maps: Tensor) -> Tensor:
    """Return the logarithm of the row-column correlation of maps, renormalised to sum 1.

    Rows of the left factor and columns of the right are scaled to a maximum of 1 before they are
    multiplied, so that a peak far from the diagonal, whose product is as small as exp(-1000), keeps
    its value and its gradient as long as a path between its row and its column is within a factor
    of 1e-24 (55 in the logarithm) of the scales. Beyond that it counts for more than it is, and has
    no gradient.

    Args:
        log_maps: Logarithms of non-negative maps, (..., H, W).

    Returns:
        Log-probabilities like ``log_maps``, at least float32 whatever autocast is on.
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

    - ``'l2'``: ``Z = ‖RCC‖₂ / (σ √π)``. The output is the input.
    - ``'max'``: Z is the largest magnitude, as in the paper. The output is the input, but the
      largest pixel is 1 wherever it is and has no gradient, so that the peak of a map that is
      trained from scratch often stays in the wrong place.
    - ``'constant'``: Z = σ √π. The output is the input on the diagonal; at a row and a column that
      are d apart it is ``exp(-d² / 4σ²)`` times the input (equation 6).

    Args:
        normalise: ``'l2'``, ``'constant'`` or ``'max'``.
        sigma: σ of the target's Gaussian in pixels of the map; ``'max'`` needs none.
        min_scale: Smallest Z.

    Raises:
        ValueError: An unknown normalisation, a σ that is missing or not above 0, or a ``min_scale``
            that is not: an empty map would be divided by 0.
    """

    def __init__(
        self, normalise: str = 'l2', sigma: float | None = None, min_scale: float = MIN_SCALE
    ) -> None:
        super().__init__()
        if normalise not in NORMALISATIONS:
            raise ValueError(f'`normalise` should be one of {NORMALISATIONS}, got {normalise!r}')
        if normalise != 'max' and (sigma is None or not sigma > 0):
            raise ValueError(
                f'`normalise={normalise!r}` needs the deviation of the targets in pixels of the '
                f'map, got `sigma={sigma!r}`; RCCHead takes it from `head.decoder.sigma`; '
                "`normalise='max'` needs none"
            )
        if not min_scale > 0:
            raise ValueError(f'`min_scale` should be above 0, got {min_scale}')
        self.normalise = normalise
        self.sigma = sigma
        self.min_scale = min_scale

    def forward(self, maps: Tensor) -> Tensor:
        """Return the normalised correlation of maps (B, K, H, W), float32 or wider."""
        product = row_column_correlation(maps)
        if self.normalise == 'max':
            return normalise_peak(product, self.min_scale)
        if self.normalise == 'constant':
            return product / gaussian_norm(self.sigma)
        return normalise_norm(product, self.sigma, self.min_scale)
