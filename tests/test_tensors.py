"""What half precision becomes before losses."""

import pytest
import torch

from mmpose_stable.tensors import at_least_float32


@pytest.mark.parametrize(
    ('given', 'wanted'),
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_halves_are_widened_and_wider_ones_left(given, wanted):
    values = torch.ones(3, dtype=given, requires_grad=True)
    widened = at_least_float32(values)
    assert widened.dtype == wanted
    assert (widened is values) == (given == wanted)
    widened.sum().backward()
    assert values.grad.dtype == given
