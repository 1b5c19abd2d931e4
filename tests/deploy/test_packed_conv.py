"""Convolutions with packed weights against PyTorch's own."""

import copy
import itertools
import pickle

import pytest
import torch
from torch import nn

from mmpose_stable.deploy import packed_conv
from mmpose_stable.deploy.packed_conv import (
    PackedConv2d,
    can_pack,
    pack_convolutions,
    packing_works,
)

needs_packing = pytest.mark.skipif(not packing_works(), reason='PyTorch cannot pack weights')
CHANNELS_LAST, CONTIGUOUS = torch.channels_last, torch.contiguous_format


def frozen(*args, **options):
    return nn.Conv2d(*args, **options).requires_grad_(False)


@needs_packing
@pytest.mark.parametrize('channels', [(3, 64), (32, 48), (5, 7), (1, 1)])
@pytest.mark.parametrize('kernel', [1, 3, (5, 2)])
@pytest.mark.parametrize('stride', [1, (2, 3)])
@pytest.mark.parametrize(('padding', 'dilation'), [(0, 1), ((1, 2), (2, 1))])
@pytest.mark.parametrize('bias', [False, True])
def test_it_is_the_convolution_for_any_images_in_turn(
    channels, kernel, stride, padding, dilation, bias
):
    conv = frozen(
        *channels, kernel, stride=stride, padding=padding, dilation=dilation, bias=bias
    ).to(memory_format=CHANNELS_LAST)
    packed = PackedConv2d(conv)
    formats = itertools.cycle((CHANNELS_LAST, CONTIGUOUS))
    for shape in ((1, 16, 12), (3, 16, 12), (2, 9, 7), (2, 12, 16), (1, 16, 12)):
        batch, *size = shape
        images = torch.randn(batch, channels[0], *size).to(memory_format=next(formats))
        torch.testing.assert_close(packed(images), conv(images), rtol=1e-5, atol=1e-5)


@needs_packing
def test_a_batch_of_another_size_needs_no_new_packing(monkeypatch):
    packed, sizes = PackedConv2d(frozen(4, 6, 3)), []
    pack = packed_conv.pack_weight
    monkeypatch.setattr(
        packed_conv, 'pack_weight', lambda conv, *size: sizes.append(size) or pack(conv, *size)
    )
    for batch, size in ((1, 8), (5, 8), (2, 8), (2, 6), (3, 6)):
        packed(torch.randn(batch, 4, size, 8))
    assert sizes == [(8, 8), (6, 8)]


@needs_packing
def test_slices_of_larger_images_are_taken_as_they_are():
    conv = frozen(8, 4, 3, padding=1)
    images = torch.randn(2, 16, 20, 10)[:, ::2, ::2, 1:]
    torch.testing.assert_close(PackedConv2d(conv)(images), conv(images))


@pytest.mark.parametrize(
    ('images', 'name'),
    [
        (torch.randn(2, 4, 8, 8).double(), 'another type'),
        (torch.randn(4, 8, 8), 'one image without a batch'),
        (torch.randn(0, 4, 8, 8), 'no image'),
        (torch.randn(2, 4, 8, 8, requires_grad=True), 'gradients'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_other_images_go_the_ordinary_way(images, name):
    conv = frozen(4, 6, 3).to(images.dtype)
    packed = PackedConv2d(conv)
    output = packed(images)
    assert packed.packed is None
    assert torch.equal(output, conv(images))
    if images.requires_grad:
        output.sum().backward()
        assert images.grad.shape == images.shape


@needs_packing
def test_images_of_the_wrong_width_are_refused_as_before():
    with pytest.raises(RuntimeError, match='expected input'):
        PackedConv2d(frozen(4, 6, 3))(torch.randn(1, 5, 8, 8))


@needs_packing
@pytest.mark.parametrize('duplicate', [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_packs_for_itself(duplicate):
    packed, images = PackedConv2d(frozen(4, 6, 3)), torch.randn(1, 4, 8, 8)
    before = packed(images)
    assert torch.equal(duplicate(packed)(images), before)


@needs_packing
@pytest.mark.parametrize(
    ('wrong', 'name'),
    [
        (frozen(4, 4, 3, groups=2), 'groups'),
        (frozen(4, 4, 3, padding='same'), 'padding by name'),
        (frozen(4, 4, 3, padding=1, padding_mode='circular'), 'circular padding'),
        (frozen(4, 4, 3).double(), 'another type'),
        (frozen(4, 4, 3, device='meta'), 'another device'),
        (nn.ConvTranspose2d(4, 4, 3), 'a deconvolution'),
        (nn.Conv1d(4, 4, 3), 'one dimension'),
        (nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 4, 3)), 'a computed weight'),
        (nn.utils.spectral_norm(nn.Conv2d(4, 4, 3)), 'a weight computed by a hook'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_other_layers_stay(wrong, name):
    assert can_pack(frozen(4, 4, 3))
    assert not can_pack(wrong)


@pytest.mark.parametrize('error', [AttributeError, RuntimeError, TypeError])
def test_a_pytorch_that_cannot_pack_keeps_its_convolutions(error, monkeypatch):
    def missing(*args):
        raise error('no such operator')

    monkeypatch.setattr(packed_conv, 'pack_weight', missing)
    packing_works.cache_clear()
    model = nn.Sequential(frozen(4, 4, 3))
    assert pack_convolutions(model) == 0
    assert type(model[0]) is nn.Conv2d
    packing_works.cache_clear()


@needs_packing
def test_convolutions_are_replaced_wherever_they_are():
    block = nn.Sequential(frozen(4, 8, 3, padding=1), nn.ReLU())
    model = nn.Sequential(block, frozen(8, 8, 3, groups=8), frozen(8, 5, 1)).eval()
    images, state = torch.randn(2, 4, 8, 8), model.state_dict()
    before = model(images)
    assert pack_convolutions(model) == 2
    torch.testing.assert_close(model(images), before)
    assert isinstance(block[0], PackedConv2d)
    assert not any(module.training for module in model.modules())
    assert list(model.state_dict()) == list(state)


@needs_packing
def test_under_autocast_it_computes_in_the_type_of_autocast():
    conv, images = frozen(8, 4, 3, padding=1), torch.randn(1, 8, 6, 6)
    packed = PackedConv2d(conv)
    packed(images)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        output = packed(images)
        assert output.dtype == torch.bfloat16
        assert torch.equal(output, conv(images))
    assert packed(images).dtype == torch.float32
