"""MMPose's heatmap head with row-column correlation and losses over a softmax of the pixels."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpose.evaluation.functional import pose_pck_accuracy
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor, nn

from mmpose_stable.codecs.hd_heatmap import HDHeatmap
from mmpose_stable.codecs.layouts import PLAIN
from mmpose_stable.heads.map_head import MapHead, StackedMapHead
from mmpose_stable.layers.row_column_correlation import (
    RowColumnCorrelation,
    log_row_column_correlation,
    row_column_correlation,
)
from mmpose_stable.tensors import at_least_float32

ORDERS = ('softmax', 'raw')


@MODELS.register_module()
class RCCHead(MapHead, HeatmapHead):
    """A heatmap head for stable heatmap regression; every option of ``HeatmapHead`` is kept.

    The loss decides what the network's output is. With a loss over the softmax of all pixels
    (``WeightedCrossEntropyLoss``, or any with ``takes_logits = True``) it is logits; with others
    (``KeypointMSELoss``) it is heatmaps whose peak should be 1. This decides:

    ==============  ===============================  ==================================
    ..              logits                           heatmaps
    ==============  ===============================  ==================================
    decoded         probabilities, sum 1             the maps
    flip test       averages probabilities           averages the maps
    drawn, MST, ST  probabilities / their maximum    the maps
    ==============  ===============================  ==================================

    Row-column correlation (RCC) is applied in training and in inference. Heatmaps are multiplied as
    they are, and the product is divided by Z (equation 7). Of logits the softmax is taken first,
    then RCC of the probabilities, renormalised to sum 1: the paper "uses a softmax function on the
    output heatmap before calculating the loss", and its theorems are about maps without negative
    values. With ``rcc_order='raw'``, RCC of the raw map gives the logits, without Z.

    Args:
        in_channels: As in ``HeatmapHead``.
        out_channels: K.
        rcc: Apply row-column correlation.
        rcc_order: ``'softmax'`` or ``'raw'``, for losses that take logits; see above.
        normalise: What RCC of heatmaps is divided by: ``'l2'``, ``'constant'`` or the paper's
            ``'max'``; see ``RowColumnCorrelation``. The first two take σ from the decoder. With
            ``'max'`` the scores, the maxima of the maps, are all 1 and say nothing.
        **kwargs: Every other argument of ``HeatmapHead``.

    Raises:
        ValueError: An unknown order or normalisation, a decoder without σ, or RCC with maps that
            are not heatmaps with a peak of 1.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        rcc: bool = True,
        rcc_order: str = 'softmax',
        normalise: str = 'l2',
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, **kwargs)
        if rcc_order not in ORDERS:
            raise ValueError(f'`head.rcc_order` should be one of {ORDERS}, got {rcc_order!r}')
        if rcc and self.layout != PLAIN:
            raise ValueError(
                '`head.rcc=True` expects a codec with one heatmap a keypoint and a peak of 1, got '
                f'`head.decoder.type={type(self.decoder).__name__!r}`; take MSRAHeatmap or '
                "UDPHeatmap(heatmap_type='gaussian'), or set `head.rcc=False`"
            )
        self.rcc = rcc
        self.rcc_order = rcc_order
        self.takes_logits = getattr(self.loss_module, 'takes_logits', False)
        if rcc and not self.takes_logits:
            self.correlation = RowColumnCorrelation(normalise, getattr(self.decoder, 'sigma', None))

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the output (B, K, H, W) that the loss takes: logits, or heatmaps."""
        maps = super().forward(feats)
        if not self.rcc:
            return maps
        if not self.takes_logits:
            return self.correlation(maps)
        if self.rcc_order == 'raw':
            return row_column_correlation(maps)
        log_p = at_least_float32(maps).flatten(-2).log_softmax(-1).view_as(maps)
        return log_row_column_correlation(log_p)

    def activate(self, outputs: Tensor) -> Tensor:
        """Return what is decoded: probabilities of logits, heatmaps as they are."""
        return outputs.flatten(-2).softmax(-1).view_as(outputs) if self.takes_logits else outputs

    def stage_losses(
        self, stages: list[Tensor], targets: Tensor, weights: Tensor, train_cfg: dict[str, Any]
    ) -> dict[str, Tensor]:
        """Return ``loss_kpt``, and unless ``train_cfg.compute_acc`` is off ``acc_pose``."""
        losses = {'loss_kpt': sum(self.loss_module(stage, targets, weights) for stage in stages)}
        if train_cfg.get('compute_acc', True):
            # Of logits their probabilities: MMPose takes no maximum below 0 for a keypoint.
            decoded = self.activate(stages[-1].detach().float())
            _, accuracy, _ = pose_pck_accuracy(
                output=to_numpy(self.layout.heatmaps(decoded)),
                target=to_numpy(self.layout.heatmaps(targets)),
                mask=to_numpy(weights) > 0,
            )
            losses['acc_pose'] = torch.tensor(accuracy, device=targets.device)
        return losses

    def flip(self, maps: Tensor, flip_indices: Sequence[int], test_cfg: dict[str, Any]) -> Tensor:
        """Mirror maps (B, C, H, W), with ``shift_heatmap`` by a pixel to the right, as MMPose."""
        flipped = super().flip(maps, flip_indices, test_cfg)
        if test_cfg.get('shift_heatmap', False):
            if isinstance(self.decoder, HDHeatmap):
                raise ValueError(
                    "HDHeatmap's cells flip onto cells, so a shift would move every keypoint: set "
                    '`model.test_cfg.shift_heatmap=False`'
                )
            flipped[..., 1:] = flipped[..., :-1].clone()
        return flipped

    def drawn(self, heatmaps: Tensor) -> Tensor:
        """Return heatmaps whose largest value is 1 where probabilities are decoded."""
        return heatmaps / heatmaps.amax((-2, -1), keepdim=True) if self.takes_logits else heatmaps


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
    """

    def __init__(self, in_channels: int, out_channels: int, num_stages: int, **kwargs: Any) -> None:
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
