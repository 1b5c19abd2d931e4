"""Batch normalisation folded into convolutions: the arithmetic, and which layers may be folded."""

import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn

from mmpose_stable.deploy.conv_bn import find_pairs, fold_batch_norm, fuse_conv_bn


def trained_norm(kind, channels, **options):
    norm = kind(channels, **options).double().eval()
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.2, 3)
    if norm.affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    return norm


class Network(nn.Module):
    """Layers by name and a forward pass given as a function of (network, images)."""

    def __init__(self, run, **layers):
        super().__init__()
        self.run = run
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.double().eval()

    def forward(self, inputs, data_samples, mode):
        assert mode == 'tensor'
        return self.run(self, inputs)


IMAGES = torch.linspace(-1, 1, 2 * 4 * 7 * 5, dtype=torch.float64).sin().reshape(2, 4, 7, 5)


def fused_pairs(network):
    """Fuse, check that the output stays, and return how many normalisations went."""
    with torch.no_grad():
        before = network(IMAGES, None, 'tensor')
        count = fuse_conv_bn(network, IMAGES)
        torch.testing.assert_close(network(IMAGES, None, 'tensor'), before)
    return count


@pytest.mark.parametrize('bias', [False, True])
@pytest.mark.parametrize('affine', [False, True])
@pytest.mark.parametrize(
    ('conv', 'norm', 'shape'),
    [
        (nn.Conv1d(4, 6, 3), nn.BatchNorm1d, (2, 4, 9)),
        (nn.Conv2d(4, 6, 3, stride=2), nn.BatchNorm2d, (2, 4, 9, 7)),
        (nn.Conv2d(4, 6, 3, groups=2, dilation=2), nn.BatchNorm2d, (2, 4, 9, 7)),
        (nn.ConvTranspose2d(4, 6, 4, stride=2), nn.BatchNorm2d, (2, 4, 5, 3)),
        (nn.ConvTranspose2d(4, 6, 4, stride=2, groups=2), nn.BatchNorm2d, (2, 4, 5, 3)),
        (nn.Conv3d(4, 6, 2), nn.BatchNorm3d, (2, 4, 3, 4, 5)),
    ],
)
def test_the_folded_convolution_equals_convolution_then_normalisation(
    conv, norm, shape, affine, bias
):
    conv = conv.double()
    conv.bias = nn.Parameter(torch.randn(6).double()) if bias else None
    norm = trained_norm(norm, 6, affine=affine)
    images = torch.randn(shape).double()
    with torch.no_grad():
        expected = norm(conv(images))
        weight, shift = fold_batch_norm(conv, norm)
        conv.weight, conv.bias = nn.Parameter(weight), nn.Parameter(shift)
        torch.testing.assert_close(conv(images), expected)


def test_folding_a_float32_layer_rounds_once():
    conv, norm = nn.Conv2d(4, 6, 3), trained_norm(nn.BatchNorm2d, 6)
    double = nn.Conv2d(4, 6, 3).double()
    double.load_state_dict(conv.state_dict())
    exact, exact_shift = fold_batch_norm(double, norm)
    weight, shift = fold_batch_norm(conv, norm)
    assert weight.dtype == shift.dtype == torch.float32
    assert torch.equal(weight, exact.float())
    assert torch.equal(shift, exact_shift.float())


def test_layers_are_paired_by_what_runs_and_not_by_the_order_of_their_names():
    network = Network(
        lambda net, x: net.b_norm(net.first(x)) + net.a_norm(net.second(x)),
        first=nn.Conv2d(4, 6, 1),
        a_norm=trained_norm(nn.BatchNorm2d, 6),
        second=nn.Conv2d(4, 6, 1),
        b_norm=trained_norm(nn.BatchNorm2d, 6),
    )
    pairs = find_pairs(network, IMAGES)
    assert [(c is network.first, n is network.b_norm) for c, n in pairs] == [
        (True, True),
        (False, False),
    ]
    assert fused_pairs(network) == 2
    assert isinstance(network.a_norm, nn.Identity)


KEPT = {
    'an activation in between': lambda net, x: net.norm(net.conv(x).relu()),
    'an activation in place in between': lambda net, x: net.norm(net.conv(x).relu_()),
    'a second reader': lambda net, x: (lambda y: net.norm(y) + y)(net.conv(x)),
    'a second reader in place': lambda net, x: (lambda y: net.norm(y).add_(y))(net.conv(x)),
    'a view of the output': lambda net, x: net.norm(net.conv(x)[:, :, 1:]),
    'a convolution used twice': lambda net, x: net.norm(net.conv(x)) + net.conv(2 * x),
    'a normalisation used twice': lambda net, x: net.norm(net.conv(x)) + net.norm(x),
    'normalisation first': lambda net, x: net.conv(net.norm(x)),
}


@pytest.mark.parametrize('name', KEPT)
def test_a_normalisation_stays_where_folding_would_change_another_result(name):
    network = Network(KEPT[name], conv=nn.Conv2d(4, 4, 1), norm=trained_norm(nn.BatchNorm2d, 4))
    assert fused_pairs(network) == 0
    assert isinstance(network.norm, nn.BatchNorm2d)


def test_a_computed_weight_is_left_alone():
    conv = nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 4, 1))
    network = Network(
        lambda net, x: net.norm(net.conv(x)), conv=conv, norm=trained_norm(nn.BatchNorm2d, 4)
    )
    assert fused_pairs(network) == 0


def test_a_normalisation_without_running_statistics_stays():
    norm = nn.BatchNorm2d(4, track_running_stats=False)
    network = Network(lambda net, x: net.norm(net.conv(x)), conv=nn.Conv2d(4, 4, 1), norm=norm)
    assert fused_pairs(network) == 0


@pytest.mark.parametrize('kind', ['BN', 'SyncBN'])
def test_a_conv_module_goes_on_reaching_its_norm_by_name(kind):
    module = ConvModule(4, 6, 3, padding=1, norm_cfg={'type': kind})
    network = Network(lambda net, x: net.block(x), block=module)
    module.norm.running_mean.normal_()
    module.norm.running_var.uniform_(0.2, 3)
    assert fused_pairs(network) == 1
    assert isinstance(module.norm, nn.Identity)


def test_a_conv_module_that_normalises_first_keeps_its_norm():
    module = ConvModule(4, 4, 3, padding=1, norm_cfg={'type': 'BN'}, order=('norm', 'conv', 'act'))
    network = Network(lambda net, x: net.block(x), block=module)
    module.norm.running_var.uniform_(0.2, 3)
    assert fused_pairs(network) == 0


def test_a_layer_under_two_names_is_replaced_under_both():
    network = Network(
        lambda net, x: net.alias(net.conv(x)),
        conv=nn.Conv2d(4, 4, 1),
        norm=trained_norm(nn.BatchNorm2d, 4),
    )
    network.alias = network.norm
    assert fused_pairs(network) == 1
    assert isinstance(network.norm, nn.Identity)
    assert isinstance(network.alias, nn.Identity)
