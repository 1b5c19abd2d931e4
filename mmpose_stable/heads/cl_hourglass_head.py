"""The heads of CLNet-Hourglass, one for each stack."""

from __future__ import annotations

from typing import Any

from mmcv.cnn import ConvModule, build_conv_layer
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.heads.cl_head import CompositeHead
from mmpose_stable.heads.map_head import StackedMapHead


@MODELS.register_module()
class CLHourglassHead(StackedMapHead, CompositeHead):
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

    stages_key = 'num_stacks'

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
        self.num_stages = num_stacks
        self.towers = nn.ModuleList(
            nn.Sequential(
                ConvModule(in_channels, in_channels, 3, padding=1, norm_cfg={'type': 'BN'}),
                ConvModule(in_channels, in_channels, 3, padding=1, norm_cfg={'type': 'BN'}),
            )
            for _ in range(num_stacks)
        )
        self.final_layers = nn.ModuleList(
            build_conv_layer(None, in_channels, self.num_channels, kernel_size=3, padding=1)
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

    def stage(self, features: Tensor, number: int) -> Tensor:
        """Return the composite maps (B, 3K, H', W') of a stack."""
        return self.final_layers[number](self.towers[number](features))
