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
    features = evaluated(num_stacks=2, stride=stride)(torch.randn(1, 3, 64, 128))
    assert [tuple(f.shape) for f in features] == [(1, 16, 64 // stride, 128 // stride)] * 2
    if stride == 4:  # sides that are odd at some level are kept
        features = evaluated(num_stacks=1, stride=4)(torch.randn(1, 3, 72, 88))
        assert features[0].shape[-2:] == (18, 22)


def test_every_parameter_is_trained_at_every_stride():
    # A parameter outside the graph would stop distributed training.
    for stride, fed in ((4, None), (16, None), (4, 3)):
        net = CLHourglassNet(num_stacks=2, stride=stride, channels=16, feed_predictions=fed)
        sum(f.mean() for f in net(torch.randn(2, 3, 64, 64))).backward()
        idle = [name for name, p in net.named_parameters() if p.grad is None]
        assert idle == []


def test_the_first_stack_reaches_the_last_which_builds_no_finer_levels():
    net = CLHourglassNet(num_stacks=2, stride=16, channels=16)
    net(torch.randn(2, 3, 64, 64))[-1].mean().backward()
    assert net.hourglasses[0].bottom.conv2.weight.grad.abs().sum() > 0
    assert sorted(net.hourglasses[0].up) == ['0', '1', '2', '3']
    assert sorted(net.hourglasses[1].up) == ['2', '3']


def test_a_prediction_is_handed_out_and_reaches_the_next_stack():
    net = evaluated(num_stacks=2, stride=4, feed_predictions=3)
    images = torch.randn(1, 3, 64, 64)
    before = net(images)
    assert [tuple(maps.shape) for maps in before] == [(1, 3, 16, 16)] * 2
    with torch.no_grad():
        net.predictors[0].bias += 1  # changes the first stack's maps and nothing else in it
    after = net(images)
    torch.testing.assert_close(after[0], before[0] + 1)
    assert not torch.allclose(after[1], before[1], atol=1e-3)


def test_two_fed_stacks_of_the_paper_have_under_seven_million_parameters():
    net = CLHourglassNet(num_stacks=2, stride=4, feed_predictions=16)
    assert sum(p.numel() for p in net.parameters()) / 1e6 == pytest.approx(6.77, abs=0.01)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'stride': 16, 'feed_predictions': 3}, r'feed_predictions.*stride=4.*got 16'),
        ({'stride': 12}, r'backbone\.stride.*\[4, 8, 16, 32, 64\], got 12'),
    ],
)
def test_an_impossible_stride_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        CLHourglassNet(**options)
