"""3x3 convolutions with a quarter of the multiplications, for CPUs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# F(4x4, 3x3): a tile of 6x6 inputs gives 4x4 outputs from 36 products instead of 144.
TILE, STEP = 6, 4
INPUT_TRANSFORM = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
FILTER_TRANSFORM = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
OUTPUT_TRANSFORM = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)
# Narrower layers spend on the transforms what they save. The transformed filters of wider ones,
# four times as large, no longer stay in the processor's cache.
MIN_CHANNELS, MAX_CHANNELS = 128, 256


def both_axes(transform: tuple[tuple[float, ...], ...]) -> Tensor:
    """Return the matrix that applies a transform to the rows and columns of a flattened tile."""
    matrix = torch.tensor(transform, dtype=torch.float64)
    return torch.kron(matrix, matrix)


def transform_filters(weight: Tensor) -> Tensor:
    """Return the filters (O, C, 3, 3) in the transformed domain, (36, C, O)."""
    transformed = both_axes(FILTER_TRANSFORM).to(weight.device) @ weight.double().flatten(2).mT
    return transformed.permute(1, 2, 0).to(weight.dtype).contiguous()


def winograd_conv2d(
    images: Tensor,
    filters: Tensor,
    bias: Tensor | None,
    dilation: int,
    transforms: tuple[Tensor, Tensor],
) -> Tensor:
    """Return the 3x3 convolution of stride 1 whose padding equals its dilation.

    Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, section 4. A dilated
    convolution is a plain one on each of the ``dilation ** 2`` images of every n-th row and column.

    Args:
        images: (B, C, H, W), best channels last.
        filters: (36, C, O), see :func:`transform_filters`.
        bias: (O,), or None.
        dilation: Distance of the filter's taps.
        transforms: Transforms of the input, (36, 36), and of the output, (16, 36).

    Returns:
        (B, O, H, W), channels last.
    """
    batch, channels, height, width = images.shape
    d, out_channels = dilation, filters.shape[-1]
    rows, columns = -(-height // (STEP * d)), -(-width // (STEP * d))
    bottom, right = (d * (STEP * n + 1) - side for n, side in ((rows, height), (columns, width)))
    padded = F.pad(images.permute(0, 2, 3, 1).contiguous(), (0, 0, d, right, d, bottom))
    of_image, of_row, of_column, of_channel = padded.stride()
    tiles = padded.as_strided(
        (TILE, TILE, batch, d, d, rows, columns, channels),
        (
            d * of_row,
            d * of_column,
            of_image,
            of_row,
            of_column,
            STEP * d * of_row,
            STEP * d * of_column,
            of_channel,
        ),
    )
    to_domain, from_domain = transforms
    transformed = (to_domain @ tiles.reshape(TILE * TILE, -1)).view(TILE * TILE, -1, channels)
    products = torch.bmm(transformed, filters)
    outputs = (from_domain @ products.flatten(1)).view(
        STEP, STEP, batch, d, d, rows, columns, out_channels
    )
    joined = outputs.permute(2, 5, 0, 3, 6, 1, 4, 7).reshape(
        batch, rows * STEP * d, columns * STEP * d, out_channels
    )
    joined = joined[:, :height, :width]
    if bias is not None:
        joined = joined + bias
    return joined.permute(0, 3, 1, 2)


class WinogradConv2d(nn.Module):
    """A trained convolution, computed by :func:`winograd_conv2d`.

    Args:
        conv: A convolution for which :func:`can_replace` holds.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.dilation = conv.dilation[0]
        weight = conv.weight.detach()
        self.register_buffer('filters', transform_filters(weight))
        self.register_buffer('bias', None if conv.bias is None else conv.bias.detach())
        self.register_buffer('to_domain', both_axes(INPUT_TRANSFORM).to(weight))
        self.register_buffer('from_domain', both_axes(OUTPUT_TRANSFORM).to(weight))

    def forward(self, images: Tensor) -> Tensor:
        """Return the convolution (B, O, H, W) of maps (B, C, H, W), in float32 under autocast."""
        transforms = (self.to_domain, self.from_domain)
        # The transforms amplify rounding: half precision would lose ten times what it usually does.
        with torch.autocast(images.device.type, enabled=False):
            return winograd_conv2d(
                images.to(self.filters.dtype), self.filters, self.bias, self.dilation, transforms
            )


def can_replace(layer: nn.Module) -> bool:
    """Return whether a layer is a convolution that becomes faster and keeps its meaning."""
    return (
        type(layer) is nn.Conv2d
        and layer.kernel_size == (3, 3)
        and layer.stride == (1, 1)
        and layer.padding == layer.dilation
        and layer.dilation[0] == layer.dilation[1]
        and layer.padding_mode == 'zeros'
        and layer.groups == 1
        and layer.weight.dtype == torch.float32
        and layer.weight.device.type == 'cpu'
        and min(layer.in_channels, layer.out_channels) >= MIN_CHANNELS
        and max(layer.in_channels, layer.out_channels) <= MAX_CHANNELS
    )


def replace_convolutions(model: nn.Module) -> int:
    """Replace the convolutions of a model that can be, in place; returns how many."""
    count = 0
    for module in list(model.modules()):
        for name, child in module._modules.items():
            if can_replace(child):
                module._modules[name] = WinogradConv2d(child)
                count += 1
    return count
