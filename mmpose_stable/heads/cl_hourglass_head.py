"""The heads of CLNet-Hourglass, one for each stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import ConvModule, build_conv_layer
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.heads.composite_base import CompositeHead


@MODELS.register_module()
class CLHourglassHead(CompositeHead):
    """Three convolutions in series for every stack, all supervised; the last stack predicts.

    Source: composite localization, section 3.2. The paper prints no widths; these are 3x3
    convolutions at the width of the hourglass.

    Args:
        in_channels: Channels of each stack's features.
        num_keypoints: K.
        num_stacks: Number of stacks of the backbone.
        decoder: Config of the ``CompositeLocalization`` codec.
        loss: Config of the loss.
        init_cfg: Initialisation; Kaiming, and near zero for the last convolutions.
    """

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        num_stacks: int,
        decoder: dict[str, Any],
        loss: dict[str, Any] | None = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(num_keypoints, decoder, loss, init_cfg or self.default_init_cfg)
        self.towers = nn.ModuleList(
            nn.Sequential(
                ConvModule(in_channels, in_channels, 3, padding=1, norm_cfg={'type': 'BN'}),
                ConvModule(in_channels, in_channels, 3, padding=1, norm_cfg={'type': 'BN'}),
            )
            for _ in range(num_stacks)
        )
        self.final_layers = nn.ModuleList(
            build_conv_layer(None, in_channels, self.layout.num_channels, kernel_size=3, padding=1)
            for _ in range(num_stacks)
        )

    @property
    def default_init_cfg(self) -> dict[str, Any]:
        """Near zero for the maps; the towers initialise themselves."""
        return {
            'type': 'Normal',
            'layer': [],
            'override': {'type': 'Normal', 'name': 'final_layers', 'layer': 'Conv2d', 'std': 0.001},
        }

    def forward(self, feats: Sequence[Tensor], last_only: bool = False) -> list[Tensor]:
        """Return the composite maps (B, 3K, H', W') of each stack, the predicting one last.

        Args:
            feats: The features of each stack.
            last_only: Compute those of the predicting stack alone.

        Raises:
            ValueError: The backbone gives another number of feature maps than the head has stacks.
        """
        if len(feats) != len(self.towers):
            raise ValueError(
                f'the head has {len(self.towers)} stacks, the backbone gives {len(feats)} feature '
                'maps; `head.num_stacks` and `backbone.num_stacks` should be equal'
            )
        first = len(feats) - 1 if last_only else 0
        return [
            self.final_layers[stack](self.towers[stack](feats[stack]))
            for stack in range(first, len(feats))
        ]

    def stage_maps(self, feats: Sequence[Tensor]) -> list[Tensor]:
        """Return the maps of every stack."""
        return self.forward(feats)

    def last_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the maps of the last stack; those of the others are for training only."""
        return self.forward(feats, last_only=True)[-1]
