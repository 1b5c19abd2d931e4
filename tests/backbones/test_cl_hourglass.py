"""The stacked hourglass and its features at a stride of their own."""

import pytest
import torch

from mmpose_stable.backbones import CLHourglassNet


def evaluated(**options):
    # MMPose's backbones return nothing from eval().
    net = CLHourglassNet(channels=16, **options)
    net.eval()
    return net


@pytest.mark.parametrize('stride', [4, 8, 16, 32])
def test_every_stack_gives_features_at_the_stride(stride):
    net = evaluated(num_stacks=2, stride=stride)
    features = net(torch.randn(1, 3, 64, 128))
    assert [tuple(f.shape) for f in features] == [(1, 16, 64 // stride, 128 // stride)] * 2


def test_sides_that_are_odd_at_some_level_are_kept():
    features = evaluated(num_stacks=1, stride=4)(torch.randn(1, 3, 72, 88))
    assert features[0].shape[-2:] == (18, 22)


def test_every_parameter_is_trained_at_every_stride():
    # A parameter outside the graph would stop distributed training.
    for stride in (4, 16):
        net = CLHourglassNet(num_stacks=2, stride=stride, channels=16)
        sum(f.mean() for f in net(torch.randn(2, 3, 64, 64))).backward()
        idle = [name for name, p in net.named_parameters() if p.grad is None]
        assert idle == []


def test_the_first_stack_reaches_the_last():
    net = CLHourglassNet(num_stacks=3, stride=16, channels=16)
    net(torch.randn(2, 3, 64, 64))[-1].mean().backward()
    assert net.hourglasses[0].bottom.conv2.weight.grad.abs().sum() > 0


def test_the_last_stack_builds_no_finer_levels():
    net = CLHourglassNet(num_stacks=2, stride=16, channels=16)
    assert sorted(net.hourglasses[0].up) == ['0', '1', '2', '3']
    assert sorted(net.hourglasses[1].up) == ['2', '3']


def test_an_impossible_stride_lists_the_possible_ones():
    with pytest.raises(ValueError, match=r'backbone\.stride.*\[4, 8, 16, 32, 64\], got 12'):
        CLHourglassNet(stride=12)
