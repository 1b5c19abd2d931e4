"""The heads of composite maps: of CLNet-ResNet and of CLNet-Hourglass."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from mmcv.cnn import ConvModule
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import COMPOSITE
from mmpose_stable.heads.map_head import MapHead, StackedMapHead
from mmpose_stable.layers.detnet_bottleneck import projected_bottleneck

# The paper prints only the parameters that each deconvolution adds (Table 5: 2.3 M and 1.1 M). With
# 1024 channels and these groups, 4x4 kernels add 2.1 M and 1.05 M.
DECONV_GROUPS = (8, 16)


class CompositeHead(MapHead):
    """Base of the heads that predict composite maps (B, 3K, H', W').

    Args:
        num_keypoints: K.
        decoder: Config of the ``CompositeLocalization`` codec.
        loss: Config of the loss; ``CompositeLocalizationLoss`` with its defaults where not given.
        init_cfg: Initialisation; Kaiming, and near zero for the last convolutions.

    Raises:
        ValueError: The decoder is not composite localization, or it lets cells vote whose offsets
            the loss does not train.
    """

    def __init__(
        self,
        num_keypoints: int,
        decoder: dict[str, Any],
        loss: dict[str, Any] | None = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg or self.default_init_cfg)
        self.num_channels = len(COMPOSITE.parts) * num_keypoints
        self.decoder = KEYPOINT_CODECS.build(decoder)
        if self.layout != COMPOSITE:
            raise ValueError(
                f'{type(self).__name__} predicts composite maps: `head.decoder.type` should be '
                f"'CompositeLocalization', got {decoder.get('type')!r}"
            )
        self.loss_module = MODELS.build(loss or {'type': 'CompositeLocalizationLoss'})
        trained_from = getattr(self.loss_module, 'threshold', self.decoder.threshold)
        if trained_from > self.decoder.threshold:
            raise ValueError(
                f'cells from `head.decoder.threshold={self.decoder.threshold}` on vote, but their '
                f'offsets are trained from `head.loss.threshold={trained_from}` on: lower that'
            )
        if getattr(self.loss_module, 'mode', None) == 'peak_mse' and self.decoder.voters != 'peak':
            raise ValueError(
                "`head.loss.mode='peak_mse'` trains the offsets of the peak cell alone, but "
                f'`head.decoder.voters={self.decoder.voters!r}` lets others vote: make it '
                "'peak'"
            )

    def targets(self, batch_data_samples: list) -> Tensor:
        """Return the composite maps (B, 3K, H', W') that the output should be."""
        fields = [sample.gt_fields for sample in batch_data_samples]
        if 'offsets' not in fields[0]:
            raise ValueError(
                'the batch carries no offset maps; the `encoder` of `GenerateTarget` in '
                '`train_pipeline` should be the codec of the head, `CompositeLocalization`'
            )
        return torch.stack([torch.cat((field.heatmaps, field.offsets)) for field in fields])

    def stage_losses(
        self, stages: list[Tensor], targets: Tensor, weights: Tensor, train_cfg: dict[str, Any]
    ) -> dict[str, Tensor]:
        """Return ``loss_heatmap`` and ``loss_offset``, and ``offset_region`` of the last stage."""
        losses: dict[str, Tensor] = {}
        for maps in stages:
            for name, value in self.loss_module(maps, targets, weights).items():
                # Losses add up over the stages; of a diagnostic the predicting stage's is kept.
                losses[name] = losses[name] + value if 'loss' in name and name in losses else value
        return losses

    def activate(self, outputs: Tensor) -> Tensor:
        """Return composite maps with heatmaps in place of logits."""
        heatmaps, *offsets = COMPOSITE.split(outputs)
        return COMPOSITE.join(self.loss_module.activate(heatmaps), *offsets)


@MODELS.register_module()
class CLHead(CompositeHead):
    """Two dilated bottlenecks, a bottleneck and a convolution to 3K composite maps.

    Source: composite localization, section 3.2. The paper does not print the widths. With these,
    parameters and GMACs are within 2 % of all that it prints. On a ResNet cut after ``layer3`` the
    maps have stride 16, with ``layer4`` 32. Each deconvolution halves the stride.

    Args:
        in_channels: Channels of the last feature map.
        mid_channels: Width of the bottlenecks' 3x3 convolutions.
        out_channels: Width of the last bottleneck.
        num_deconvs: How often the map is doubled before the last convolution: 0, 1 or 2.
        **kwargs: ``num_keypoints``, ``decoder``, ``loss`` and ``init_cfg`` of ``CompositeHead``.
    """

    # Kaiming for the bottlenecks, near zero for the maps.
    default_init_cfg: ClassVar = [
        {'type': 'Constant', 'layer': 'BatchNorm2d', 'val': 1},
        {
            'type': 'Kaiming',
            'layer': ['Conv2d', 'ConvTranspose2d'],
            'override': {'type': 'Normal', 'name': 'final_layer', 'std': 0.001},
        },
    ]

    def __init__(
        self,
        in_channels: int,
        mid_channels: int = 256,
        out_channels: int = 1024,
        num_deconvs: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
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
                nn.ConvTranspose2d(
                    out_channels, out_channels, 4, stride=2, padding=1, groups=groups, bias=False
                ),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(inplace=True),
            ]
        self.upsampling = nn.Sequential(*upsampling)
        self.final_layer = nn.Conv2d(out_channels, self.num_channels, 3, padding=1)

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Return composite maps (B, 3K, H', W') of the last feature map (B, C, h, w)."""
        return self.final_layer(self.upsampling(self.trunk(feats[-1])))


@MODELS.register_module()
class CLHourglassHead(StackedMapHead, CompositeHead):
    """Three convolutions in series for every stack, all supervised; the last stack predicts.

    Source: composite localization, section 3.2. The paper prints no widths; these are 3x3
    convolutions at the width of the hourglass.

    Args:
        in_channels: Channels of each stack's features.
        num_stacks: Number of stacks of the backbone.
        **kwargs: ``num_keypoints``, ``decoder``, ``loss`` and ``init_cfg`` of ``CompositeHead``.
    """

    # Near zero for the maps; the towers initialise themselves.
    default_init_cfg: ClassVar = {
        'type': 'Normal',
        'layer': [],
        'override': {'type': 'Normal', 'name': 'final_layers', 'layer': 'Conv2d', 'std': 0.001},
    }

    def __init__(self, in_channels: int, num_stacks: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_stages = num_stacks
        self.towers = nn.ModuleList(
            nn.Sequential(
                ConvModule(in_channels, in_channels, 3, padding=1, norm_cfg={'type': 'BN'}),
                ConvModule(in_channels, in_channels, 3, padding=1, norm_cfg={'type': 'BN'}),
            )
            for _ in range(num_stacks)
        )
        self.final_layers = nn.ModuleList(
            nn.Conv2d(in_channels, self.num_channels, 3, padding=1) for _ in range(num_stacks)
        )

    def stage(self, features: Tensor, number: int) -> Tensor:
        """Return the composite maps (B, 3K, H', W') of a stack."""
        return self.final_layers[number](self.towers[number](features))
