"""RCCHead for backbones with several stages, such as the stacked hourglass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.heads.rcc_head import RCCHead


@MODELS.register_module()
class StackedRCCHead(RCCHead):
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
        self.earlier = nn.ModuleList(
            RCCHead(in_channels, out_channels, **kwargs) for _ in range(num_stages - 1)
        )

    def forward(self, feats: Sequence[Tensor], last_only: bool = False) -> list[Tensor]:
        """Return the output (B, K, H, W) of each stage, as ``RCCHead.forward`` does.

        Args:
            feats: The features of each stage.
            last_only: Compute that of the predicting stage alone.

        Raises:
            ValueError: The backbone gives another number of feature maps than the head has stages.
        """
        num_stages = len(self.earlier) + 1
        if len(feats) != num_stages:
            raise ValueError(
                f'the head has {num_stages} stages, the backbone gives {len(feats)} feature maps; '
                '`head.num_stages` and `backbone.num_stacks` should be equal'
            )
        last = super().forward(feats)
        if last_only:
            return [last]
        earlier = [head((part,)) for head, part in zip(self.earlier, feats, strict=False)]
        return [*earlier, last]

    def stage_maps(self, feats: Sequence[Tensor]) -> list[Tensor]:
        """Return the output of every stage."""
        return self.forward(feats)

    def last_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the output of the last stage; those of the others are for training only."""
        return self.forward(feats, last_only=True)[-1]
