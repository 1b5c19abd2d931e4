"""Winograd's algorithm against PyTorch's own convolution."""

import pytest
import torch
from torch import nn

from mmpose_stable.deploy.winograd import WinogradConv2d, can_replace, replace_convolutions


@pytest.mark.parametrize('size', [(1, 1), (4, 4), (5, 12), (9, 3), (13, 7), (16, 16)])
@pytest.mark.parametrize('dilation', [1, 2, 3])
@pytest.mark.parametrize('bias', [False, True])
def test_it_is_the_convolution_at_any_size_and_dilation(size, dilation, bias):
    conv = nn.Conv2d(5, 7, 3, padding=dilation, dilation=dilation, bias=bias).double()
    images = torch.randn(2, 5, *size).double()
    with torch.no_grad():
        torch.testing.assert_close(WinogradConv2d(conv)(images), conv(images))


def test_the_memory_format_of_the_input_does_not_matter():
    conv = nn.Conv2d(5, 7, 3, padding=1).double()
    images = torch.randn(2, 5, 9, 6).double()
    fast = WinogradConv2d(conv)
    last = images.contiguous(memory_format=torch.channels_last)
    assert torch.equal(fast(images), fast(last))
    assert fast(images).is_contiguous(memory_format=torch.channels_last)


def test_rounding_stays_that_of_float32():
    conv = nn.Conv2d(256, 256, 3, padding=1)
    images = torch.randn(1, 256, 16, 16)
    with torch.no_grad():
        fast = WinogradConv2d(conv)(images)
        exact = conv.double()(images.double())
    assert (fast - exact).abs().max() < 2e-5 * exact.abs().max()


@pytest.mark.parametrize(
    ('wrong', 'name'),
    [
        (nn.Conv2d(128, 128, 1), 'another kernel'),
        (nn.Conv2d(128, 128, 3, padding=1, stride=2), 'a stride'),
        (nn.Conv2d(128, 128, 3), 'another padding'),
        (nn.Conv2d(128, 128, 3, padding='same'), 'padding by name'),
        (nn.Conv2d(128, 128, 3, padding=(1, 2), dilation=(1, 2)), 'unequal dilations'),
        (nn.Conv2d(128, 128, 3, padding=1, padding_mode='circular'), 'circular padding'),
        (nn.Conv2d(128, 128, 3, padding=1, groups=2), 'groups'),
        (nn.Conv2d(64, 128, 3, padding=1), 'too narrow'),
        (nn.Conv2d(128, 512, 3, padding=1), 'too wide'),
        (nn.Conv2d(128, 128, 3, padding=1).double(), 'another type'),
        (nn.ConvTranspose2d(128, 128, 3, padding=1), 'a deconvolution'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_other_layers_stay(wrong, name):
    assert can_replace(nn.Conv2d(128, 128, 3, padding=1))
    assert not can_replace(wrong)


def test_a_subclass_may_do_something_else_and_stays():
    class Doubling(nn.Conv2d):
        def forward(self, images):
            return 2 * super().forward(images)

    assert not can_replace(Doubling(128, 128, 3, padding=1))


def test_convolutions_are_replaced_wherever_they_are():
    block = nn.Sequential(nn.Conv2d(128, 128, 3, padding=2, dilation=2), nn.ReLU())
    model = nn.Sequential(block, nn.Conv2d(128, 128, 1))
    images = torch.randn(1, 128, 6, 6)
    with torch.no_grad():
        before = model(images)
        assert replace_convolutions(model) == 1
        torch.testing.assert_close(model(images), before, rtol=1e-4, atol=1e-5)
    assert isinstance(block[0], WinogradConv2d)


@pytest.mark.parametrize('given', [torch.float32, torch.bfloat16])
def test_under_autocast_the_transforms_stay_in_float32(given):
    conv = nn.Conv2d(256, 256, 3, padding=1)
    images = torch.randn(1, 256, 16, 16).to(given)
    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        fast = WinogradConv2d(conv)(images)
    with torch.no_grad():
        exact = conv.double()(images.double())
    assert fast.dtype == torch.float32
    assert (fast - exact).abs().max() < 2e-5 * exact.abs().max()
