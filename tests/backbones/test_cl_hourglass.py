"""The stacked hourglass and its features at a stride of their own."""

import pytest
import torch

from mmpose_stable.backbones import CLHourglassNet


def build(**options):
    return CLHourglassNet(channels=16, **{'num_stacks': 2, **options})


@pytest.mark.parametrize('stride', [4, 8, 16, 32])
def test_every_stack_gives_features_at_the_stride(stride):
    net = build(stride=stride)
    net.eval()
    features = net(torch.randn(1, 3, 64, 128))
    assert [tuple(f.shape) for f in features] == [(1, 16, 64 // stride, 128 // stride)] * 2
    if stride == 4:  # sides that are odd at some level are kept
        assert net(torch.randn(1, 3, 72, 88))[0].shape[-2:] == (18, 22)


def test_a_prediction_is_handed_out_and_reaches_the_next_stack():
    net = build(stride=4, feed_predictions=3)
    net.eval()
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
        ({'stride': 12}, r'backbone\.stride.*\(4, 8, 16, 32, 64\), got 12'),
    ],
)
def test_an_impossible_stride_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
