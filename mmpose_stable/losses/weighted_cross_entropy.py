"""Cross-entropy over the pixels of a map, weighted by the highly differentiated heatmap."""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_stable.tensors import at_least_float32


@MODELS.register_module()
class WeightedCrossEntropyLoss(nn.Module):
    """``-Σ_ij w_ij y_ij log r_ij`` of each map, r being the softmax of its logits.

    Stable heatmap regression, equation 8. ``w`` is the highly differentiated heatmap and ``y = (w >
    0)`` the multi-label map; ``w y = w``, so the labels need no tensor of their own. The minimum
    over r is at ``r = w / Σ w``: the keypoint's pixel stands out as much as in w.

    The loss is the mean over all B·K maps, as MMPose's losses; the paper has the sum.

    Args:
        use_target_weight: Multiply each map's loss by its keypoint's weight.
        loss_weight: Factor.
    """

    # Heads ask: are the network's outputs logits of a softmax over pixels, or heatmaps themselves?
    takes_logits = True

    def __init__(self, use_target_weight: bool = True, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.use_target_weight = use_target_weight
        self.loss_weight = loss_weight

    def forward(self, output: Tensor, target: Tensor, target_weights: Tensor) -> Tensor:
        """Return the loss, a scalar, at least float32 whatever autocast is on.

        Args:
            output: Logits (B, K, H, W), of any size and sign. Not maps normalised to [0, 1], whose
                softmax stays within a factor e of uniform.
            target: Highly differentiated heatmaps (B, K, H, W).
            target_weights: (B, K).
        """
        with torch.autocast(output.device.type, enabled=False):
            log_r = at_least_float32(output).flatten(-2).log_softmax(-1)
            loss = -(target.flatten(-2).to(log_r.dtype) * log_r).sum(-1)
            if self.use_target_weight:
                loss = loss * target_weights.to(loss.dtype)
            return loss.mean() * self.loss_weight
