"""The head of CLNet-ResNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer, build_upsample_layer
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.heads.composite_base import CompositeHead
from mmpose_stable.layers.detnet_bottleneck import projected_bottleneck

# 4x4 deconvolutions over 1024 channels. The paper prints only the parameters of the stride-8 and
# stride-4 networks (Table 5: 2.3 M and 1.1 M more than the stride before); these groups give
# 2.1 M and 1.05 M and leave the rest of the head as it is at stride 16.
DECONV_GROUPS = (8, 16)


@MODELS.register_module()
class CLHead(CompositeHead):
    """Two dilated bottlenecks, a bottleneck and a convolution to 3K composite maps.

    Source: composite localization, section 3.2; the widths are not printed there, these come within
    2 % of every parameter count and GMACs figure that is. On a ResNet cut after ``layer3`` the maps
    have stride 16, with ``layer4`` 32; each deconvolution halves the stride.

    Args:
        in_channels: Channels of the last feature map.
        num_keypoints: K.
        decoder: Config of the ``CompositeLocalization`` codec.
        loss: Config of the loss.
        mid_channels: Width of the bottlenecks' 3x3 convolutions.
        out_channels: Width of the last bottleneck.
        num_deconvs: How often the map is doubled before the last convolution: 0, 1 or 2.
        init_cfg: Initialisation; Kaiming, and near zero for the last convolution.

    Raises:
        ValueError: ``num_deconvs`` is not 0, 1 or 2.
    """

    def __init__(
        self,
        in_channels: int,
        num_keypoints: int,
        decoder: dict[str, Any],
        loss: dict[str, Any] | None = None,
        mid_channels: int = 256,
        out_channels: int = 1024,
        num_deconvs: int = 0,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(num_keypoints, decoder, loss, init_cfg or self.default_init_cfg)
        if not 0 <= num_deconvs <= len(DECONV_GROUPS):
            raise ValueError(f'`head.num_deconvs` should be 0, 1 or 2, got {num_deconvs}')
        self.trunk = nn.Sequential(
            projected_bottleneck(in_channels, mid_channels, mid_channels, dilation=2),
            projected_bottleneck(mid_channels, mid_channels, out_channels, dilation=2),
            projected_bottleneck(out_channels, mid_channels, out_channels),
        )
        upsampling = []
        for groups in DECONV_GROUPS[:num_deconvs]:
            upsampling += [
                build_upsample_layer(
                    {'type': 'deconv'},
                    in_channels=out_channels,
                    out_channels=out_channels,
                    kernel_size=4,
                    stride=2,
                    padding=1,
                    groups=groups,
                    bias=False,
                ),
                build_norm_layer({'type': 'BN'}, out_channels)[1],
                nn.ReLU(inplace=True),
            ]
        self.upsampling = nn.Sequential(*upsampling)
        self.final_layer = build_conv_layer(
            None, out_channels, self.layout.num_channels, kernel_size=3, padding=1
        )

    @property
    def default_init_cfg(self) -> list[dict[str, Any]]:
        """Kaiming for the bottlenecks, near zero for the maps."""
        return [
            {'type': 'Constant', 'layer': 'BatchNorm2d', 'val': 1},
            {
                'type': 'Kaiming',
                'layer': ['Conv2d', 'ConvTranspose2d'],
                'override': {'type': 'Normal', 'name': 'final_layer', 'std': 0.001},
            },
        ]

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Return composite maps (B, 3K, H', W') of the last feature map (B, C, h, w)."""
        return self.final_layer(self.upsampling(self.trunk(feats[-1])))
