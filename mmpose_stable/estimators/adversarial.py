"""Adversarial views: the perturbation of a few grey levels that raises the loss most."""

from collections.abc import Callable

import torch
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class PGDAdversary:
    """The adversarial view that ``StabilityTrainedPoseEstimator`` adds to each sample.

    Projected gradient ascent of Madry et al. (2018): a uniform random start in the L∞ ball, then
    steps along the sign of the gradient, each projected onto the ball and onto the range of pixel
    values. It is the comparison method 'AT' of stable heatmap regression, whose numbers are not
    printed there. All sizes are in grey levels of the picture, 0 to 255, before normalisation.

    Args:
        epsilon: Largest change of a pixel; 8 is Madry et al.'s for CIFAR-10.
        step: Change in one step; theirs is 2. With 3 steps, 4 lets a pixel cross most of the ball.
        steps: Number of steps, each a forward and a backward pass; theirs is 7.

    Raises:
        ValueError: A size or the number of steps is not above 0.
    """

    def __init__(self, epsilon: float = 8.0, step: float = 4.0, steps: int = 3) -> None:
        if not (epsilon > 0 and step > 0 and steps >= 1):
            raise ValueError(
                '`adversary` needs epsilon > 0, step > 0 (grey levels) and steps >= 1, got '
                f'epsilon={epsilon}, step={step}, steps={steps}'
            )
        self.epsilon = epsilon
        self.step = step
        self.steps = steps

    def __call__(
        self,
        inputs: Tensor,
        loss: Callable[[Tensor], Tensor],
        low: Tensor,
        high: Tensor,
        grey_level: Tensor,
    ) -> Tensor:
        """Return inputs near the given ones that raise the loss.

        Args:
            inputs: (N, C, H, W), normalised.
            loss: Function of such inputs, to a scalar.
            low: The value of a pixel of 0, (C, 1, 1).
            high: The value of a pixel of 255, (C, 1, 1).
            grey_level: The difference of two pixels that are one grey level apart, (C, 1, 1).
        """
        inputs, epsilon, step = inputs.detach(), self.epsilon * grey_level, self.step * grey_level
        # Padding may lie outside the range of pixels: it moves towards the range only.
        lower = torch.minimum(torch.maximum(inputs - epsilon, low), inputs)
        upper = torch.maximum(torch.minimum(inputs + epsilon, high), inputs)
        attacked = (inputs + (2 * torch.rand_like(inputs) - 1) * epsilon).clamp(lower, upper)
        for _ in range(self.steps):
            attacked.requires_grad_(True)
            (gradient,) = torch.autograd.grad(loss(attacked), attacked)
            attacked = (attacked.detach() + step * gradient.sign()).clamp(lower, upper)
        return attacked.detach()
