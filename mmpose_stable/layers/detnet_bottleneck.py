"""Bottleneck blocks with a projected shortcut, plain or dilated, as in DetNet."""

from mmpose.models.backbones.resnet import Bottleneck
from torch import nn


def projected_bottleneck(
    in_channels: int, mid_channels: int, out_channels: int, dilation: int = 1
) -> Bottleneck:
    """Return a stride-1 bottleneck whose shortcut is a 1x1 convolution.

    Args:
        in_channels: Channels of the input map.
        mid_channels: Channels of the 3x3 convolution.
        out_channels: Channels of the output map; a multiple of ``mid_channels``.
        dilation: Dilation of the 3x3 convolution; 2 makes DetNet's block.
    """
    if out_channels % mid_channels:
        raise ValueError(
            f'`head.out_channels` should be a multiple of `head.mid_channels`, got {out_channels} '
            f'and {mid_channels}'
        )
    shortcut = nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)
    )
    return Bottleneck(
        in_channels,
        out_channels,
        expansion=out_channels // mid_channels,
        dilation=dilation,
        downsample=shortcut,
    )
