"""A penalty on the spectral norms of weights, which bound how fast the output can change."""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from mmpose_stable.tensors import at_least_float32

LAYERS = (_ConvNd, nn.Linear)


def spectral_norm(matrices: Tensor, iterations: int) -> Tensor:
    """Return the largest singular value (...) of matrices (..., M, N), approached from below.

    The power iteration has a fixed start and keeps no state: the same weights always give the same
    value, so a resumed run goes on as it was. The gradient is u vᵀ, that of the singular value once
    the iteration has converged.
    """
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        v = torch.randn(matrices.shape[-1], generator=generator).to(matrices)
        v = v.expand(*matrices.shape[:-2], -1)
        for _ in range(iterations):
            u = nn.functional.normalize(torch.einsum('...mn,...n->...m', matrices, v), dim=-1)
            v = nn.functional.normalize(torch.einsum('...mn,...m->...n', matrices, u), dim=-1)
    return torch.einsum('...m,...mn,...n->...', u, matrices, v)


@MODELS.register_module()
class SpectralNormPenalty(nn.Module):
    """``loss_weight * Σ_layers σ(W)²`` over every convolution and linear layer.

    The comparison method 'Lip' of stable heatmap regression constrains the network's Lipschitz
    constant; its formula is not printed there. This is our adaptation, the spectral norm
    regularisation of Yoshida and Miyato (2017). A convolution's kernel counts as its (out, in·h·w)
    matrix, whose norm bounds the convolution's own up to a factor of √(h·w). A grouped convolution
    counts with the largest of its groups. The scales of batch normalisation do not count.

    Args:
        loss_weight: Factor; 0.01 / 2 in Yoshida and Miyato's formula, beside a cross-entropy. The
            sum is some tens for a ResNet-18; beside a mean square error of maps 1e-5 is a start.
        iterations: Steps of power iteration a call.
    """

    log_name = 'loss_spectral_norm'

    def __init__(self, loss_weight: float = 5e-3, iterations: int = 3) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.iterations = iterations

    def forward(self, model: nn.Module) -> Tensor:
        """Return the penalty of a network, a scalar; frozen layers count nothing.

        Raises:
            ValueError: The network has no convolution or linear layer that is trained.
        """
        layers = [m for m in model.modules() if isinstance(m, LAYERS) and m.weight.requires_grad]
        if not layers:
            raise ValueError(
                'SpectralNormPenalty found no convolution or linear layer that is trained; is the '
                'whole model frozen? leave out `model.weight_penalty` then'
            )
        with torch.autocast(layers[0].weight.device.type, enabled=False):
            norms = [self._norm(layer) for layer in layers]
            return self.loss_weight * torch.stack(norms).square().sum()

    def _norm(self, layer: nn.Module) -> Tensor:
        """Return the largest spectral norm among the groups of a layer."""
        weight, groups = at_least_float32(layer.weight), getattr(layer, 'groups', 1)
        matrices = weight.reshape(groups, weight.shape[0] // groups, -1)
        return spectral_norm(matrices, self.iterations).amax()
