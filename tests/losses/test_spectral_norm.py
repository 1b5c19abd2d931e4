import pytest
import torch
from mmpose.registry import MODELS
from torch import nn

from mmpose_stable.losses.spectral_norm import spectral_norm


def test_power_iteration_reaches_the_largest_singular_value_from_below_and_its_gradient():
    matrix = torch.randn(5, 7, dtype=torch.float64, requires_grad=True)
    u, values, v = torch.linalg.svd(matrix.detach())
    found = spectral_norm(matrix, 500)
    torch.testing.assert_close(found, values[0], rtol=1e-6, atol=0)
    assert spectral_norm(matrix, 1) <= values[0]
    found.backward()
    torch.testing.assert_close(matrix.grad.abs(), torch.outer(u[:, 0], v[0]).abs())


def test_penalty_sums_the_squares_over_convolutions_and_linear_layers_the_largest_group_of_each():
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.BatchNorm2d(6),
        nn.Conv2d(6, 6, 3, groups=3),
        nn.Flatten(),
        nn.Linear(6, 2),
    )
    penalty = MODELS.build({'type': 'SpectralNormPenalty', 'loss_weight': 0.1, 'iterations': 500})
    shapes = {0: (1, 6, 27), 2: (3, 2, 18), 4: (1, 2, 6)}
    norms = [
        torch.linalg.matrix_norm(model[i].weight.view(shape), ord=2).max()
        for i, shape in shapes.items()
    ]
    torch.testing.assert_close(penalty(model), 0.1 * sum(norm**2 for norm in norms))
    assert penalty(model) == penalty(model)  # the same weights give the same penalty again


def test_without_a_layer_that_is_trained_there_is_no_penalty():
    layer = nn.Linear(3, 3).requires_grad_(False)
    with pytest.raises(ValueError, match='no convolution or linear layer'):
        MODELS.build({'type': 'SpectralNormPenalty'})(layer)
