"""The loss of composite localization and the two losses that its paper compares it with."""

import torch
import torch.nn.functional as F
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.codecs.layouts import COMPOSITE
from mmpose_stable.tensors import at_least_float32

MODES = ('composite', 'peak_mse', 'g_rmi')
REGIONS = ('target', 'predicted', 'union')


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of values (..., H', W') inside a boolean mask (...), 0 where it is empty."""
    total = torch.where(mask, values, torch.zeros_like(values)).sum((-2, -1))
    return total / mask.sum((-2, -1)).clamp(min=1)


@MODELS.register_module()
class CompositeLocalizationLoss(nn.Module):
    r"""Heatmap error everywhere plus offset error in the short range Ω (equations 4 to 6).

    - ``mode='composite'``: mean square error of the heatmaps, smooth L1 of the offsets in Ω.
    - ``mode='peak_mse'`` (section 4.3, first ablation): square error of the offsets at the target's
      peak cell only. So only that cell may vote (``voters='peak'`` of the codec).
    - ``mode='g_rmi'`` (second ablation): binary cross-entropy on the heatmaps as logits of "the
      target heatmap is at least τ", smooth L1 of the offsets where it is.

    Ω is the set of cells with a heatmap value of at least τ. An empty Ω contributes 0. The target's
    Ω is empty if the keypoint is farther than σ·√(-2 ln τ), about σ, from the centre of every cell.

    Every term is averaged over the batch and over K; a keypoint of weight 0 adds nothing to it.

    Args:
        heatmap_weight: :math:`\omega_h`; 0.5 in the paper.
        offset_weight: :math:`\omega_o`; 2 in the paper.
        threshold: τ; 0.6 in the paper.
        region: Which heatmap defines Ω: ``'target'``, which leaves some of the cells untrained that
            vote at test time; ``'predicted'`` (the paper's), which trains none until some cell
            reaches τ; or ``'union'``, the cells of either.
        mode: ``'composite'``, ``'peak_mse'`` or ``'g_rmi'``.

    Raises:
        ValueError: An unknown mode or region.
    """

    def __init__(
        self,
        heatmap_weight: float = 0.5,
        offset_weight: float = 2.0,
        threshold: float = 0.6,
        region: str = 'target',
        mode: str = 'composite',
    ) -> None:
        super().__init__()
        for key, value, known in (('mode', mode, MODES), ('region', region, REGIONS)):
            if value not in known:
                raise ValueError(f'`loss.{key}` should be one of {known}, got {value!r}')
        self.heatmap_weight = heatmap_weight
        self.offset_weight = offset_weight
        self.threshold = threshold
        self.region = region
        self.mode = mode

    def activate(self, heatmaps: Tensor) -> Tensor:
        """Turn the network's heatmap channels, logits in ``'g_rmi'`` mode, into heatmaps."""
        return heatmaps.sigmoid() if self.mode == 'g_rmi' else heatmaps

    def offset_region(self, heatmaps: Tensor, target: Tensor) -> Tensor:
        """Return the mask of the cells (B, K, H', W') whose offsets are trained."""
        if self.mode == 'peak_mse':
            flat = target.flatten(-2)
            return F.one_hot(flat.argmax(-1), flat.shape[-1]).view_as(target).bool()
        likely = target >= self.threshold
        if self.mode == 'g_rmi' or self.region == 'target':
            return likely
        predicted = heatmaps.detach() >= self.threshold
        return predicted if self.region == 'predicted' else likely | predicted

    def forward(self, maps: Tensor, targets: Tensor, keypoint_weights: Tensor) -> dict[str, Tensor]:
        """Return the weighted terms, in float32 or wider whatever autocast is on.

        Args:
            maps: Predicted composite maps (B, 3K, H', W'); offsets are in units of the stride.
            targets: What they should be.
            keypoint_weights: (B, K).

        Returns:
            ``loss_heatmap``, ``loss_offset``, and ``offset_region``: the share of the weighted
            keypoints whose Ω is not empty.
        """
        with torch.autocast(maps.device.type, enabled=False):
            heatmaps, *offsets = COMPOSITE.split(at_least_float32(maps))
            aim, *offset_aims = COMPOSITE.split(targets)
            weights = keypoint_weights.to(heatmaps.dtype)
            region = self.offset_region(heatmaps, aim)

            if self.mode == 'g_rmi':
                positive = (aim >= self.threshold).to(heatmaps.dtype)
                per_cell = F.binary_cross_entropy_with_logits(heatmaps, positive, reduction='none')
            else:
                per_cell = (heatmaps - aim) ** 2
            loss_heatmap = (weights * per_cell.mean((-2, -1))).mean()

            offset_loss = F.mse_loss if self.mode == 'peak_mse' else F.smooth_l1_loss
            error_y, error_x = (
                offset_loss(offset, offset_aim, reduction='none')
                for offset, offset_aim in zip(offsets, offset_aims, strict=True)
            )
            loss_offset = (weights * masked_mean(error_y + error_x, region)).mean()

            trained = (weights > 0) & region.any(-1).any(-1)
            return {
                'loss_heatmap': self.heatmap_weight * loss_heatmap,
                'loss_offset': self.offset_weight * loss_offset,
                'offset_region': trained.sum() / (weights > 0).sum().clamp(min=1),
            }
