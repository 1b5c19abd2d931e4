"""Convolutions whose weights wait in the layout that the processor's kernels read, for CPUs."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn


def pack_weight(conv: nn.Conv2d, height: int, width: int) -> Tensor:
    """Return the weight of a convolution in oneDNN's layout for images of this size.

    The layout depends on the size of the images and not on their number. An image of another size
    gives the same result, only slower.
    """
    return torch.ops.mkldnn._reorder_convolution_weight(
        conv.weight.detach(),
        conv.padding,
        conv.stride,
        conv.dilation,
        conv.groups,
        (1, conv.in_channels, height, width),
    )


def packed_conv2d(images: Tensor, packed: Tensor, conv: nn.Conv2d) -> Tensor:
    """Return the convolution (B, O, H', W'), channels last, of images (B, C, H, W).

    Args:
        images: Best channels last.
        packed: Weight, see :func:`pack_weight`.
        conv: The convolution whose weight this is.
    """
    return torch.ops.mkldnn._convolution_pointwise(
        images,
        packed,
        conv.bias,
        conv.padding,
        conv.stride,
        conv.dilation,
        conv.groups,
        'none',  # what follows the convolution: nothing
        (),
        '',
    )


def autocast_on_cpu() -> bool:
    """Return whether PyTorch chooses the types of operations on the CPU by itself."""
    try:
        return torch.is_autocast_enabled('cpu')
    except TypeError:  # before PyTorch 2.4
        return torch.is_autocast_cpu_enabled()


class PackedConv2d(nn.Conv2d):
    """A trained convolution that does not lay its weight out anew in each call.

    PyTorch keeps weights as (O, C, H, W); oneDNN reads them in blocks, and copies them into such
    blocks whenever a convolution runs. Here this happens when images of another size come. What
    the packed weight is not made for (other types and devices, autocast, gradients) runs as before.

    Args:
        conv: A convolution for which :func:`can_pack` holds; the weight and bias are shared.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,
            conv.stride,
            conv.padding,
            conv.dilation,
            bias=conv.bias is not None,
            device='meta',  # takes no memory: the weight and bias are replaced
        )
        self.weight, self.bias = conv.weight, conv.bias
        self.train(conv.training)
        # One attribute, so that threads never see the weight of one size with the name of another.
        self.packed: tuple[torch.Size, Tensor] | None = None

    def forward(self, images: Tensor) -> Tensor:
        """Return the convolution (B, O, H', W') of maps (B, C, H, W)."""
        if (
            images.ndim != 4
            or images.numel() == 0
            or images.dtype != torch.float32
            or images.device.type != 'cpu'
            or self.weight.device.type != 'cpu'
            or autocast_on_cpu()
            or (torch.is_grad_enabled() and (images.requires_grad or self.weight.requires_grad))
        ):
            return super().forward(images)
        size, packed = self.packed or (None, None)
        if size != images.shape[2:]:
            size, packed = self.packed = images.shape[2:], pack_weight(self, *images.shape[2:])
        return packed_conv2d(images, packed, self)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy is made of; it packs for itself, packed weights cannot be copied."""
        return {**self.__dict__, 'packed': None}


@cache
def packing_works() -> bool:
    """Return whether this PyTorch packs weights for a given size of images; older ones do not."""
    conv = nn.Conv2d(16, 16, 1).requires_grad_(False)
    try:
        packed_conv2d(torch.zeros(1, 16, 2, 2), pack_weight(conv, 2, 2), conv)
    except (AttributeError, RuntimeError, TypeError):
        return False  # no such operator, or with other arguments, or no oneDNN
    return True


def can_pack(layer: nn.Module) -> bool:
    """Return whether a layer is a convolution that keeps its meaning with a packed weight."""
    return (
        type(layer) is nn.Conv2d
        and isinstance(layer.weight, nn.Parameter)
        and layer.weight.dtype == torch.float32
        and layer.weight.device.type == 'cpu'
        and layer.padding_mode == 'zeros'
        and not isinstance(layer.padding, str)
        and layer.groups == 1
        and packing_works()
    )


def pack_convolutions(model: nn.Module) -> int:
    """Replace the convolutions of a model that can be, in place; returns how many."""
    count = 0
    for module in list(model.modules()):
        for name, child in module._modules.items():
            if can_pack(child):
                module._modules[name] = PackedConv2d(child)
                count += 1
    return count
