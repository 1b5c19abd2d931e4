"""MMPose's heatmap head with row-column correlation and losses over a softmax of the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.structures import PixelData
from mmpose.codecs import MegviiHeatmap
from mmpose.evaluation.functional import pose_pck_accuracy
from mmpose.models.heads import HeatmapHead
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import MODELS
from mmpose.utils.tensor_utils import to_numpy
from torch import Tensor

from mmpose_stable.codecs.hd_heatmap import HDHeatmap
from mmpose_stable.heads.checks import check_input_size, check_map_size
from mmpose_stable.layers.row_column_correlation import (
    RowColumnCorrelation,
    log_row_column_correlation,
    normalise_peak,
    row_column_correlation,
)
from mmpose_stable.precision import at_least_float32

ORDERS = ('softmax', 'raw')


@MODELS.register_module()
class RCCHead(HeatmapHead):
    """A heatmap head for stable heatmap regression; every option of ``HeatmapHead`` is kept.

    The loss decides what the network's output is. With a loss over the softmax of all pixels
    (``WeightedCrossEntropyLoss``, or any with ``takes_logits = True``) it is logits; with others
    (``KeypointMSELoss``) it is heatmaps whose peak should be 1. From it follow:

    ==============  ===============================  ==================================
    ..              logits                           heatmaps
    ==============  ===============================  ==================================
    decoded         probabilities, sum 1             the maps
    flip test       averages probabilities           averages the maps
    drawn, MST, ST  probabilities / their maximum    the maps
    ==============  ===============================  ==================================

    Row-column correlation (RCC) is applied in training and in inference. Heatmaps are multiplied as
    they are, without a softmax, and the product is divided by Z (equation 7), see ``normalise``.
    With logits there are two orders, ``rcc_order``:

    - ``'softmax'``: softmax over the pixels, RCC of the probabilities, renormalised to sum 1. The
      paper "uses a softmax function on the output heatmap before calculating the loss", and its
      theorems are about maps without negative values, which probabilities are.
    - ``'raw'``: RCC of the raw map gives the logits, without Z: a softmax of maps in [0, 1] stays
      within a factor e of uniform, and the loss could then not single out a pixel. Raw maps may be
      negative, and the product of two negative values is positive, so the theorems do not apply.

    An early comparison found no difference between the two, so the default is the order that the
    theorems are about.

    Scores are the maxima of the maps. With ``normalise='max'`` they are all 1 and say nothing.

    Args:
        in_channels: As in ``HeatmapHead``.
        out_channels: K.
        rcc: Apply row-column correlation.
        rcc_order: ``'softmax'`` or ``'raw'``, for losses that take logits; see above.
        normalise: What RCC of heatmaps is divided by: ``'l2'``, ``'constant'`` or the paper's
            ``'max'``; see ``RowColumnCorrelation``. The first two take σ from the decoder.
        **kwargs: Every other argument of ``HeatmapHead``.

    Raises:
        ValueError: An unknown order or normalisation, a decoder without σ, or RCC of maps that are
            not all heatmaps with a peak of 1.
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
        if rcc and getattr(self.decoder, 'heatmap_type', None) == 'combined':
            raise ValueError(
                "`head.rcc=True` would multiply the offset maps of UDPHeatmap's "
                "heatmap_type='combined' too; set `heatmap_type='gaussian'` in the codec, or "
                '`head.rcc=False`'
            )
        self.rcc = rcc
        self.rcc_order = rcc_order
        self.takes_logits = getattr(self.loss_module, 'takes_logits', False)
        if rcc and not self.takes_logits and isinstance(self.decoder, MegviiHeatmap):
            raise ValueError(
                '`head.rcc=True` gives heatmaps with a peak of 1, the targets of '
                "`head.decoder.type='MegviiHeatmap'` have one of 255; take another codec, such as "
                'MSRAHeatmap, or `head.rcc=False`'
            )
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

    def stage_maps(self, feats: Sequence[Tensor]) -> list[Tensor]:
        """Return the output of every supervised stage, the predicting one last."""
        return [self.forward(feats)]

    def last_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the output of the predicting stage alone."""
        return self.forward(feats)

    def probabilities(self, outputs: Tensor) -> Tensor:
        """Return what is decoded, float32: probabilities of logits, heatmaps as they are."""
        outputs = outputs.float()
        return outputs.flatten(-2).softmax(-1).view_as(outputs) if self.takes_logits else outputs

    def predict_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the maps (B, K, H, W) to decode; an export calls this."""
        return self.probabilities(self.last_maps(feats))

    def loss(
        self, feats: Sequence[Tensor], batch_data_samples: list, train_cfg: Any = None
    ) -> dict[str, Tensor]:
        """Return ``loss_kpt``, summed over stages, and unless ``train_cfg.compute_acc`` is off
        ``acc_pose``.

        Raises:
            ValueError: The batch was cropped to another size, or encoded for maps of another.
        """
        check_input_size(self.decoder, batch_data_samples)
        stages = self.stage_maps(feats)
        outputs = stages[-1]
        targets = torch.stack([sample.gt_fields.heatmaps for sample in batch_data_samples])
        weights = torch.cat(
            [sample.gt_instance_labels.keypoint_weights for sample in batch_data_samples]
        )
        if outputs.shape != targets.shape:
            raise ValueError(
                f'the head gives maps (B, K, H, W) = {tuple(outputs.shape)}, the encoder '
                f'{tuple(targets.shape)}; make `GenerateTarget.encoder` (its `heatmap_size`), '
                '`head.out_channels` and `head.deconv_out_channels` agree'
            )
        check_map_size(self.decoder, outputs)
        losses = {'loss_kpt': sum(self.loss_module(stage, targets, weights) for stage in stages)}
        if (train_cfg or {}).get('compute_acc', True):
            # Measured on probabilities: MMPose takes a maximum that is not positive for no
            # keypoint.
            _, accuracy, _ = pose_pck_accuracy(
                output=to_numpy(self.probabilities(outputs.detach())),
                target=to_numpy(targets),
                mask=to_numpy(weights) > 0,
            )
            losses['acc_pose'] = torch.tensor(accuracy, device=targets.device)
        return losses

    def predict(
        self, feats: Any, batch_data_samples: list, test_cfg: dict[str, Any] | None = None
    ) -> Any:
        """Return the predicted instances, and K heatmaps where ``test_cfg.output_heatmaps`` asks.

        Args:
            feats: Features, or with ``test_cfg.flip_test`` those of the images and of their mirror
                images.
            batch_data_samples: The batch, whose first sample names the ``flip_indices``.
            test_cfg: ``flip_test``, ``flip_mode``, ``shift_heatmap`` and ``output_heatmaps``.

        Raises:
            ValueError: ``shift_heatmap`` is on with ``HDHeatmap``, whose cells need no shift, or
                the batch was cropped to another size than the decoder's.
        """
        check_input_size(self.decoder, batch_data_samples)
        test_cfg = test_cfg or {}
        if test_cfg.get('flip_test', False):
            shift = test_cfg.get('shift_heatmap', False)
            if shift and isinstance(self.decoder, HDHeatmap):
                raise ValueError(
                    "HDHeatmap's cells flip onto cells, so a shift would move every keypoint: set "
                    '`model.test_cfg.shift_heatmap=False`'
                )
            plain, mirrored = (self.predict_maps(view) for view in feats)
            mirrored = flip_heatmaps(
                mirrored,
                flip_mode=test_cfg.get('flip_mode', 'heatmap'),
                flip_indices=batch_data_samples[0].metainfo['flip_indices'],
                shift_heatmap=shift,
            )
            maps = (plain + mirrored) * 0.5
        else:
            maps = self.predict_maps(feats)
        instances = self.decode(maps)
        if not test_cfg.get('output_heatmaps', False):
            return instances
        drawn = (
            normalise_peak(maps.detach(), torch.finfo().tiny)
            if self.takes_logits
            else maps.detach()
        )
        return instances, [PixelData(heatmaps=sample) for sample in drawn]
