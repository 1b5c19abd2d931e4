"""Bfloat16 and channels-last memory: what the head puts out, what is put back, who cannot."""

from types import SimpleNamespace

import pytest
import torch
from mmpose.registry import OPTIM_WRAPPERS
from torch import nn

from mmpose_stable.engine import memory_format
from mmpose_stable.engine.cpu_amp import fast_bfloat16
from mmpose_stable.tensors import tensors_in

PICTURES = torch.randn(2, 3, 16, 12)


class Head(nn.Conv2d):
    def forward(self, features):
        maps = super().forward(features)
        return maps, {'list': [maps * 2]}


class Estimator(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.head = Head(8, 6, 3, padding=1)

    def extract_feat(self, pictures):
        return self.backbone(pictures)

    def forward(self, pictures):
        features = self.extract_feat(pictures)
        return features, self.head.forward(features)  # as MMPose's estimators do


def test_features_are_bfloat16_and_the_heads_output_float32():
    model = Estimator()
    wrapper = OPTIM_WRAPPERS.build(
        {'type': 'CPUAmpOptimWrapper', 'optimizer': torch.optim.SGD(model.parameters(), lr=0.1)}
    )
    with wrapper.optim_context(model):
        features, outputs = model(PICTURES)
    assert features.dtype == torch.bfloat16
    assert {output.dtype for output in tensors_in(outputs)} == {torch.float32}
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert model(PICTURES)[1][0].dtype == torch.bfloat16


@pytest.mark.parametrize(('capability', 'fast'), [((7, 5), False), ((8, 0), True)])
def test_a_gpu_that_emulates_bfloat16_is_not_fast_in_it(capability, fast, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'get_device_capability', lambda: capability)
    assert fast_bfloat16('cuda') == fast


def test_channels_last_gives_the_same_output_in_the_usual_order():
    model = Estimator()
    expected = model(PICTURES)[1]
    with memory_format.channels_last(model):
        found = model(PICTURES)[1]
        assert model.head.weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, expected)
    assert all(output.is_contiguous() for output in tensors_in(found))


def test_weights_and_head_are_put_back_even_after_an_error():
    model = Estimator()
    with pytest.raises(KeyboardInterrupt), memory_format.channels_last(model):
        raise KeyboardInterrupt
    assert model.head.weight.is_contiguous()
    assert 'forward' not in vars(model.head)


CHANGES = {
    'the same': (lambda maps: maps, True),
    'fails': (lambda maps: maps.view(len(maps), -1, 2), False),
    'differs': (lambda maps: maps + float(maps.is_contiguous()), False),
    'NaN': (lambda maps: maps * torch.nan, False),
}


@pytest.mark.parametrize(('change', 'can'), CHANGES.values(), ids=CHANGES)
def test_models_that_fail_or_differ_in_another_order_or_predict_nan_are_told_apart(change, can):
    model = Estimator()
    forward = model.head.forward

    def changed(features):
        maps, _ = forward(features)
        return maps, {'list': [change(maps)]}

    model.head.forward = changed
    assert memory_format.can_run_channels_last(model, (12, 16)) == can


def test_the_hook_changes_memory_and_not_results():
    model = Estimator()
    before = model(PICTURES)
    memory_format.ChannelsLastHook().before_run(SimpleNamespace(model=model))
    assert model.backbone.weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(model(PICTURES), before)
