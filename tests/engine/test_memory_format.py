"""Channels-last memory: the same output, everything put back, and models that cannot."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mmpose_stable.engine.memory_format import (
    ChannelsLastHook,
    can_run_channels_last,
    channels_last,
)
from mmpose_stable.tensors import tensors_in


class Head(nn.Module):
    def __init__(self, flatten=False):
        super().__init__()
        self.conv = nn.Conv2d(8, 6, 3, padding=1)
        self.flatten = flatten

    def forward(self, features):
        maps = self.conv(features)
        if self.flatten:
            maps = maps.view(maps.shape[0], -1, 2)
        return maps, {'list': [maps * 2]}


class Estimator(nn.Module):
    def __init__(self, **head):
        super().__init__()
        self.backbone = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.head = Head(**head)

    def extract_feat(self, pictures):
        return self.backbone(pictures)


def predict(model, pictures):
    with torch.no_grad():
        return model.head.forward(model.extract_feat(pictures))


def test_the_output_is_the_same_and_in_the_usual_order():
    model, pictures = Estimator(), torch.randn(2, 3, 16, 12)
    expected = predict(model, pictures)
    with channels_last(model):
        found = predict(model, pictures)
        assert model.head.conv.weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, expected)
    assert all(output.is_contiguous() for output in tensors_in(found))


def test_weights_and_head_are_put_back_even_after_an_error():
    model = Estimator()
    with pytest.raises(KeyboardInterrupt), channels_last(model):
        raise KeyboardInterrupt
    assert model.head.conv.weight.is_contiguous()
    assert 'forward' not in vars(model.head)


def test_models_that_fail_or_differ_in_another_order_or_predict_nan_are_told_apart():
    model = Estimator()
    assert can_run_channels_last(model, (12, 16))
    assert not can_run_channels_last(Estimator(flatten=True), (12, 16))
    forward = model.head.forward

    def by_order(features):
        shift = 0.0 if features.is_contiguous() else 1.0
        return forward(features)[0] + shift, {'list': [shift + torch.zeros(1)]}

    model.head.forward = by_order
    assert not can_run_channels_last(model, (12, 16))
    model = Estimator()
    model.head.conv.bias.data[0] = torch.nan
    assert not can_run_channels_last(model, (12, 16))


def test_the_hook_changes_memory_and_not_results():
    model = Estimator()
    pictures = torch.randn(2, 3, 16, 12)
    before = predict(model, pictures)
    ChannelsLastHook().before_run(SimpleNamespace(model=model))
    assert model.backbone.weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(predict(model, pictures), before)
