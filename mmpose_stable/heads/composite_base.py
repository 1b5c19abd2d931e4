"""What every head of composite maps does: loss, flip test, decoding, checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.models.heads.base_head import BaseHead
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import Tensor

from mmpose_stable.codecs.composite_localization import CompositeLocalization
from mmpose_stable.codecs.maps import CompositeLayout
from mmpose_stable.heads.checks import check_input_size


class CompositeHead(BaseHead):
    """Base of the heads that predict composite maps (B, 3K, H', W').

    A subclass defines ``forward``: features to composite maps. One with several supervised stages
    overrides :meth:`stage_maps` and :meth:`last_maps` as well; the last stage predicts.

    Args:
        num_keypoints: K.
        decoder: Config of the ``CompositeLocalization`` codec.
        loss: Config of the loss; ``CompositeLocalizationLoss`` with its defaults where not given.
        init_cfg: Initialisation of the layers.

    Raises:
        ValueError: The decoder is not composite localization, or lets cells vote whose offsets the
            loss does not train.
    """

    def __init__(
        self,
        num_keypoints: int,
        decoder: dict[str, Any],
        loss: dict[str, Any] | None = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(init_cfg)
        self.layout = CompositeLayout(num_keypoints)
        self.decoder = KEYPOINT_CODECS.build(decoder)
        if not isinstance(self.decoder, CompositeLocalization):
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

    def stage_maps(self, feats: Sequence[Tensor]) -> list[Tensor]:
        """Return the maps (B, 3K, H', W') of every supervised stage, the predicting one last."""
        return [self.forward(feats)]

    def last_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the maps of the predicting stage alone."""
        return self.forward(feats)

    def loss(
        self, feats: Sequence[Tensor], batch_data_samples: list, train_cfg: Any = None
    ) -> dict[str, Tensor]:
        """Return the losses summed over the stages.

        Raises:
            ValueError: The batch was encoded for other maps than the head makes.
        """
        check_input_size(self.decoder, batch_data_samples)
        heatmaps = torch.stack([sample.gt_fields.heatmaps for sample in batch_data_samples])
        if 'offsets' not in batch_data_samples[0].gt_fields:
            raise ValueError(
                'the batch carries no offset maps; the `encoder` of `GenerateTarget` in '
                '`train_pipeline` should be the codec of the head, `CompositeLocalization`'
            )
        offsets = torch.stack([sample.gt_fields.offsets for sample in batch_data_samples])
        if heatmaps.shape[1] != self.layout.num_keypoints:
            raise ValueError(
                f'head and data set disagree: `head.num_keypoints` is {self.layout.num_keypoints}, '
                f'the targets have {heatmaps.shape[1]} keypoints'
            )
        weights = torch.cat(
            [sample.gt_instance_labels.keypoint_weights for sample in batch_data_samples]
        )
        losses: dict[str, Tensor] = {}
        for maps in self.stage_maps(feats):
            self.decoder.check_size(maps)
            if heatmaps.shape[-2:] != maps.shape[-2:]:
                raise ValueError(
                    f'head and encoder disagree: targets of {tuple(heatmaps.shape[-2:])} cells '
                    f'(rows, columns), maps of {tuple(maps.shape[-2:])}; give '
                    '`GenerateTarget.encoder` the same `codec` as `head.decoder`'
                )
            predicted, offsets_y, offsets_x = self.layout.split(maps)
            stage = self.loss_module(
                predicted, torch.cat((offsets_y, offsets_x), 1), heatmaps, offsets, weights
            )
            for name, value in stage.items():
                # Losses add up over the stages; of a diagnostic the predicting stage's is kept.
                losses[name] = losses[name] + value if 'loss' in name and name in losses else value
        return losses

    def predict(
        self, feats: Any, batch_data_samples: list, test_cfg: dict[str, Any] | None = None
    ) -> Any:
        """Return the predicted instances, and the K heatmaps where ``test_cfg.output_heatmaps``
        asks.

        Args:
            feats: Features, or with ``test_cfg.flip_test`` those of the images and of their mirror
                images.
            batch_data_samples: The batch, whose first sample names the ``flip_indices``.
            test_cfg: ``flip_test`` and ``output_heatmaps``. Cells flip onto cells, so that
                ``shift_heatmap`` and ``flip_mode`` of MMPose's heatmap heads change nothing here.
        """
        check_input_size(self.decoder, batch_data_samples)
        test_cfg = test_cfg or {}
        if test_cfg.get('flip_test', False):
            plain, mirrored = (self.predict_maps(stage_feats) for stage_feats in feats)
            flip_indices = batch_data_samples[0].metainfo['flip_indices']
            maps = (plain + self.layout.flip(mirrored, flip_indices)) / 2
        else:
            maps = self.predict_maps(feats)
        instances = self.decode(maps)
        if not test_cfg.get('output_heatmaps', False):
            return instances
        heatmaps, _, _ = self.layout.split(maps.detach())
        return instances, [PixelData(heatmaps=sample) for sample in heatmaps]

    def predict_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return float32 composite maps (B, 3K, H', W') whose heatmaps are heatmaps, not logits."""
        heatmaps, offsets_y, offsets_x = self.layout.split(self.last_maps(feats).float())
        return self.layout.join(self.loss_module.activate(heatmaps), offsets_y, offsets_x)

    def decode(self, batch_outputs: Tensor) -> list[InstanceData]:
        """Return the person of each sample, as ``BaseHead.decode`` does.

        Args:
            batch_outputs: Composite maps (B, 3K, H', W').

        Returns:
            B instances with ``keypoints`` (1, K, 2) in input pixels and ``keypoint_scores`` (1, K).
        """
        instances = []
        for keypoints, scores in zip(*self.decoder.batch_decode(batch_outputs), strict=True):
            instance = InstanceData()
            # Assigning attributes compares their lengths, which takes as long as the decoding.
            instance.set_field(keypoints, 'keypoints')
            instance.set_field(scores, 'keypoint_scores')
            instances.append(instance)
        return instances
