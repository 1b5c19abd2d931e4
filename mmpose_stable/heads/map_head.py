"""What every head of this package does with its maps: stages, size checks, flip test, decoding."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.structures import PixelData
from mmpose.models.heads.base_head import BaseHead
from torch import Tensor

from mmpose_stable.codecs.layouts import MapLayout, check_map_size, layout_of


class MapHead(BaseHead):
    """Base of the heads whose codec declares the layout of their maps.

    A subclass has a ``decoder`` (or None) and a ``loss_module``. It defines ``forward`` and
    :meth:`stage_losses`, and :meth:`activate` if the network's output is not what is decoded.
    """

    @property
    def layout(self) -> MapLayout:
        """What the channels of the maps mean."""
        return layout_of(self.decoder)

    def last_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the output of the predicting stage alone."""
        return self.forward(feats)

    def activate(self, outputs: Tensor) -> Tensor:
        """Return the maps to decode, (B, C, H, W), of the output (B, C, H, W)."""
        return outputs

    def predict_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the maps (B, C, H, W) to decode, float32; an export calls this."""
        return self.activate(self.last_maps(feats).float())

    def targets(self, batch_data_samples: list) -> Tensor:
        """Return the maps (B, C, H, W) that the output should be."""
        return torch.stack([sample.gt_fields.heatmaps for sample in batch_data_samples])

    def stage_losses(
        self, stages: list[Tensor], targets: Tensor, weights: Tensor, train_cfg: dict[str, Any]
    ) -> dict[str, Tensor]:
        """Return the losses of each stage's output (B, C, H, W), summed over the stages.

        The predicting stage is the last one; targets are (B, C, H, W), weights (B, K).
        """
        raise NotImplementedError

    def loss(
        self, feats: Sequence[Tensor], batch_data_samples: list, train_cfg: Any = None
    ) -> dict[str, Tensor]:
        """Return the losses of a batch.

        Raises:
            ValueError: The batch was cropped to another size, or encoded for other maps.
        """
        check_input_size(self.decoder, batch_data_samples)
        targets = self.targets(batch_data_samples)
        outputs = self.forward(feats)
        stages = outputs if isinstance(outputs, list) else [outputs]
        check_map_size(self.decoder, stages[-1])
        if stages[-1].shape != targets.shape:
            raise ValueError(
                'head and encoder disagree: the head gives maps (B, C, H, W) = '
                f'{tuple(stages[-1].shape)}, the targets are {tuple(targets.shape)}; give '
                '`GenerateTarget.encoder` and `head.decoder` the same `codec`, and '
                '`head.num_keypoints` or `head.out_channels` the keypoints of the data set'
            )
        weights = torch.cat([s.gt_instance_labels.keypoint_weights for s in batch_data_samples])
        return self.stage_losses(stages, targets, weights, train_cfg or {})

    def flip(self, maps: Tensor, flip_indices: Sequence[int], test_cfg: dict[str, Any]) -> Tensor:
        """Mirror maps (B, C, H, W) of mirror images, as the layout says."""
        return self.layout.flip(maps, flip_indices)

    def predict(
        self, feats: Any, batch_data_samples: list, test_cfg: dict[str, Any] | None = None
    ) -> Any:
        """Return the predicted instances, and K heatmaps where ``output_heatmaps`` asks for them.

        Arguments are those of MMPose's heads. The layout says how to flip, ``flip_mode`` does not.

        Raises:
            ValueError: The batch was cropped to another size than the decoder's.
        """
        check_input_size(self.decoder, batch_data_samples)
        test_cfg = test_cfg or {}
        if test_cfg.get('flip_test', False):
            plain, mirrored = (self.predict_maps(view) for view in feats)
            flip_indices = batch_data_samples[0].metainfo['flip_indices']
            maps = (plain + self.flip(mirrored, flip_indices, test_cfg)) * 0.5
        else:
            maps = self.predict_maps(feats)
        instances = self.decode(maps)
        if not test_cfg.get('output_heatmaps', False):
            return instances
        drawn = self.drawn(self.layout.heatmaps(maps.detach()))
        return instances, [PixelData(heatmaps=sample) for sample in drawn]

    def drawn(self, heatmaps: Tensor) -> Tensor:
        """Return the heatmaps (B, K, H, W) that ``output_heatmaps`` gives, of the decoded ones."""
        return heatmaps


class StackedMapHead(MapHead):
    """Base of the heads with a part for each stage of the backbone; the last stage predicts.

    A subclass has ``num_stages`` and defines :meth:`stage`.
    """

    num_stages: int

    def stage(self, features: Tensor, number: int) -> Tensor:
        """Return the output (B, C, H, W) of a stage, given its features."""
        raise NotImplementedError

    def forward(self, feats: Sequence[Tensor]) -> list[Tensor]:
        """Return the output (B, C, H, W) of each stage.

        Raises:
            ValueError: The backbone gives another number of feature maps than the head has stages.
        """
        if len(feats) != self.num_stages:
            raise ValueError(
                f'the head has {self.num_stages} stages, the backbone gives {len(feats)} feature '
                'maps; `head.num_stages` (of CLHourglassHead `head.num_stacks`) and '
                '`backbone.num_stacks` should be equal'
            )
        return [self.stage(features, number) for number, features in enumerate(feats)]

    def last_maps(self, feats: Sequence[Tensor]) -> Tensor:
        """Return the output of the last stage; those of the others are for training only."""
        return self.stage(feats[-1], self.num_stages - 1)


def check_input_size(decoder: Any, batch_data_samples: list) -> None:
    """Raise ValueError where a batch was cropped to another size than the decoder's, if it has one.

    Inputs of two sizes can give maps of one size, so nothing else would notice.
    """
    expected = getattr(decoder, 'input_size', None)
    given = batch_data_samples[0].metainfo.get('input_size')
    if expected is not None and given is not None and tuple(given) != tuple(expected):
        raise ValueError(
            f'head and pipeline disagree: `head.decoder.input_size` is {tuple(expected)} (width, '
            f'height), the crops have {tuple(given)}; give `TopdownAffine.input_size`, '
            '`GenerateTarget.encoder` and `head.decoder` the same `codec`'
        )
