"""RCCHead for backbones with several stages, such as the stacked hourglass."""

from __future__ import annotations

from typing import Any

from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.heads.map_head import StackedMapHead
from mmpose_stable.heads.rcc_head import RCCHead


@MODELS.register_module()
class StackedRCCHead(StackedMapHead, RCCHead):
    """An ``RCCHead`` for every stage of the backbone; all are supervised, the last one predicts.

    The counterpart of MMPose's ``CPMHead``: the intermediate supervision of stacked hourglasses
    (Newell et al., 2016). Losses that compare views see the last stage.

    Args:
        in_channels: Channels of each stage's features.
        out_channels: K.
        num_stages: Number of stages, at least 1.
        **kwargs: Every other argument of ``RCCHead``, for each stage.

    Raises:
        ValueError: No stage.
    """

    def __init__(self, in_channels: int, out_channels: int, num_stages: int, **kwargs: Any) -> None:
        if num_stages < 1:
            raise ValueError(f'`head.num_stages` should be at least 1, got {num_stages}')
        super().__init__(in_channels, out_channels, **kwargs)
        self.num_stages = num_stages
        self.earlier = nn.ModuleList(
            RCCHead(in_channels, out_channels, **kwargs) for _ in range(num_stages - 1)
        )

    def stage(self, features: Tensor, number: int) -> Tensor:
        """Return the output (B, K, H, W) of a stage, as ``RCCHead.forward`` does."""
        if number < len(self.earlier):
            return self.earlier[number]((features,))
        return RCCHead.forward(self, (features,))
