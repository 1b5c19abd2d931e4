"""Stacked hourglasses that hand out features at a chosen stride."""

from typing import Any

from mmcv.cnn import ConvModule
from mmpose.models.backbones.base_backbone import BaseBackbone
from mmpose.models.backbones.resnet import Bottleneck
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from mmpose_stable.layers.detnet_bottleneck import projected_bottleneck

STEM_STRIDE = 4
DEPTH = 4
STRIDES = tuple(STEM_STRIDE * 2**level for level in range(DEPTH + 1))


def residual(channels: int) -> Bottleneck:
    """Return the hourglass's residual block: a bottleneck of half the width."""
    return Bottleneck(channels, channels, expansion=2)


class Hourglass(nn.Module):
    """One hourglass: down to the coarsest level, up again to ``finest_level``, with skips between.

    Levels count from 0, the resolution of the input, and each halves it. What lies above the finest
    level on the way up is not built.
    """

    def __init__(self, channels: int, finest_level: int = 0) -> None:
        super().__init__()
        self.finest_level = finest_level
        self.down = nn.ModuleList(residual(channels) for _ in range(DEPTH))
        self.bottom = residual(channels)
        rising = range(finest_level, DEPTH)
        self.skip = nn.ModuleDict({str(level): residual(channels) for level in rising})
        self.up = nn.ModuleDict({str(level): residual(channels) for level in rising})

    def forward(self, x: Tensor) -> dict[int, Tensor]:
        """Return the features on the way up by level, (B, C, h / 2^level, w / 2^level)."""
        descent = [x]
        for block in self.down:
            descent.append(block(F.max_pool2d(descent[-1], 2)))
        ascent = {DEPTH: self.bottom(descent[-1])}
        for level in reversed(range(self.finest_level, DEPTH)):
            # Inputs whose sides are odd at some level come back to exactly that size.
            rising = F.interpolate(
                self.up[str(level)](ascent[level + 1]), size=descent[level].shape[-2:]
            )
            ascent[level] = self.skip[str(level)](descent[level]) + rising
        return ascent


@MODELS.register_module()
class CLHourglassNet(BaseBackbone):
    """Stacked hourglass whose stacks are read at a stride of their own.

    Source: composite localization, section 3.2 and Figure 2 (b), on the stacked hourglass of
    Newell et al. (2016). Between stacks features re-enter at full hourglass resolution (stride 4);
    the last stack ends at ``stride``. With ``stride=4`` this is the plain stacked hourglass.

    Newell et al. feed each stack's prediction into the next one, through a 1x1 convolution. With
    ``feed_predictions`` this backbone makes the predictions itself and hands them out, for a head
    without a final layer: ``CPMHead`` or ``StackedRCCHead`` with ``in_channels=K``,
    ``deconv_out_channels=None`` and ``final_layer=None``.

    Args:
        num_stacks: Number of hourglasses; 8 in the paper, 2 for the small one.
        stride: Input pixels per cell of the features handed out: 4, 8, 16, 32 or 64.
        channels: Width.
        feed_predictions: K, the number of maps that each stack predicts and the next one sees;
            only at a stride of 4, where stacks meet. Without it, features go on and are handed out.
        init_cfg: Initialisation, such as pretrained weights.

    Raises:
        ValueError: The stride is not one of the hourglass's levels, or not 4 where predictions are
            fed.
    """

    def __init__(
        self,
        num_stacks: int = 8,
        stride: int = 16,
        channels: int = 256,
        feed_predictions: int | None = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if stride not in STRIDES:
            raise ValueError(f'`backbone.stride` should be one of {STRIDES}, got {stride}')
        if feed_predictions is not None and stride != STEM_STRIDE:
            raise ValueError(
                f'`backbone.feed_predictions` expects `backbone.stride={STEM_STRIDE}`, where the '
                f'next stack begins, got {stride}'
            )
        self.level = STRIDES.index(stride)
        norm = {'type': 'BN'}
        self.stem = nn.Sequential(
            ConvModule(3, 64, 7, stride=2, padding=3, norm_cfg=norm),
            projected_bottleneck(64, 64, 128),
            nn.MaxPool2d(2),
            residual(128),
            projected_bottleneck(128, channels // 2, channels),
        )
        self.hourglasses = nn.ModuleList(
            Hourglass(channels, finest_level=self.level if last else 0)
            for last in [False] * (num_stacks - 1) + [True]
        )
        self.outputs = nn.ModuleList(
            nn.Sequential(residual(channels), ConvModule(channels, channels, 1, norm_cfg=norm))
            for _ in range(num_stacks)
        )
        self.merges = nn.ModuleList(
            nn.Sequential(
                residual(channels),
                ConvModule(channels, channels, 1, norm_cfg=norm, act_cfg=None),
            )
            for _ in range(num_stacks - 1)
        )
        self.predictors = self.feeds = None
        if feed_predictions is not None:
            self.predictors = nn.ModuleList(
                nn.Conv2d(channels, feed_predictions, 1) for _ in range(num_stacks)
            )
            self.feeds = nn.ModuleList(
                nn.Conv2d(feed_predictions, channels, 1) for _ in range(num_stacks - 1)
            )

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return what each stack hands out of images (B, 3, H, W).

        These are features (B, C, H / stride, W / stride), or with ``feed_predictions`` maps
        (B, K, H / 4, W / 4).
        """
        features = self.stem(x)
        outputs = []
        for index, hourglass in enumerate(self.hourglasses):
            levels = hourglass(features)
            output = self.outputs[index](levels[self.level])
            if self.predictors is not None:
                output = self.predictors[index](output)
            outputs.append(output)
            if index < len(self.merges):
                features = features + self.merges[index](levels[0])
                if self.feeds is not None:
                    features = features + self.feeds[index](output)
        return tuple(outputs)
