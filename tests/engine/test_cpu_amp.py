"""The forward pass in bfloat16 on the CPU, and what losses see of it."""

import pytest
import torch
from mmpose.registry import OPTIM_WRAPPERS
from torch import nn

from mmpose_stable.engine.cpu_amp import fast_bfloat16


class Estimator(nn.Module):
    def __init__(self):
        super().__init__()
        self.neck, self.head = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, inputs):
        features = self.neck(inputs)
        return features, self.head.forward(features)  # as MMPose's estimators do


def test_features_are_bfloat16_and_the_heads_output_float32():
    model = Estimator()
    wrapper = OPTIM_WRAPPERS.build(
        {'type': 'CPUAmpOptimWrapper', 'optimizer': torch.optim.SGD(model.parameters(), lr=0.1)}
    )
    with wrapper.optim_context(model):
        features, output = model(torch.randn(2, 4))
    assert (features.dtype, output.dtype) == (torch.bfloat16, torch.float32)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert model(torch.randn(2, 4))[1].dtype == torch.bfloat16


@pytest.mark.parametrize(('capability', 'fast'), [((7, 5), False), ((8, 0), True)])
def test_a_gpu_that_emulates_bfloat16_is_not_fast_in_it(capability, fast, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'get_device_capability', lambda: capability)
    assert fast_bfloat16('cuda') == fast
