"""Batch normalisation folded into the convolution whose output it normalises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.overrides import TorchFunctionMode, resolve_name

from mmpose_stable.engine.tensor_trees import tensors_in

CONVOLUTIONS = (
    torch.conv1d,
    torch.conv2d,
    torch.conv3d,
    torch.conv_transpose1d,
    torch.conv_transpose2d,
    torch.conv_transpose3d,
)


def fold_batch_norm(conv: nn.Module, norm: nn.Module) -> tuple[Tensor, Tensor]:
    """Return the weight and bias of the convolution that does what both layers do in evaluation.

    The normalisation is ``y = (x - mean) * factor + shift`` with ``factor = γ / sqrt(var + eps)``
    for each output channel, which scales the filter and moves the bias. Computed in float64, so
    that the result is the rounded true value.

    Args:
        conv: Convolution or transposed convolution, in any number of groups.
        norm: Batch normalisation with running statistics, affine or not.

    Returns:
        Weight and bias (C,), of the type of the convolution's weight.
    """
    weight = conv.weight.detach().double()
    factor = (norm.running_var.double() + norm.eps).rsqrt()
    if norm.weight is not None:
        factor = factor * norm.weight.detach().double()
    bias = -norm.running_mean.double()
    if conv.bias is not None:
        bias = bias + conv.bias.detach().double()
    bias = bias * factor
    if norm.bias is not None:
        bias = bias + norm.bias.detach().double()
    if isinstance(conv, _ConvTransposeNd):
        # Weights are (in, out / groups, ...): input channels of group g meet its outputs only.
        grouped = weight.unflatten(0, (conv.groups, -1))
        per_output = factor.view(conv.groups, 1, -1, *[1] * (weight.ndim - 2))
        weight = (grouped * per_output).flatten(0, 1)
    else:
        weight = weight * factor.view(-1, *[1] * (weight.ndim - 1))
    return weight.to(conv.weight.dtype), bias.to(conv.weight.dtype)


class DataflowRecorder(TorchFunctionMode):
    """Record which convolution made a tensor, which batch normalisation read it and who else did.

    Inspecting the calls and not the module tree: the order in which a block names its layers need
    not be the order in which it runs them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolutions: list[tuple[Tensor, Tensor]] = []  # weight, output
        self.norms: list[tuple[Tensor, Tensor]] = []  # input, running mean
        self.reads: Counter[int] = Counter()
        self.seen: list[Tensor] = []  # kept alive, so that no id names two tensors

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        """Call the function and take down what it read and made."""
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if (resolve_name(func) or '').endswith(('.__get__', '.size', '.dim')):
            return result  # asked about the tensor, did not read its values
        for tensor in tensors_in((args, kwargs)):
            self.reads[id(tensor)] += 1
            self.seen.append(tensor)
        if func in CONVOLUTIONS:
            self.seen.append(result)
            self.convolutions.append((args[1] if len(args) > 1 else kwargs['weight'], result))
        elif func is F.batch_norm:
            values = dict(zip(('input', 'running_mean'), args, strict=False), **kwargs)
            self.norms.append((values['input'], values['running_mean']))
        return result


def find_pairs(model: nn.Module, inputs: Tensor) -> list[tuple[nn.Module, nn.Module]]:
    """Return the convolutions whose output nothing reads but one batch normalisation.

    Both layers are called once in the forward pass, so changing them changes nothing else.

    Args:
        model: A pose estimator in evaluation mode.
        inputs: A normalised batch (B, 3, H, W), for one forward pass.
    """
    with torch.no_grad(), DataflowRecorder() as flow:
        model(inputs, None, mode='tensor')
    # A weight that is computed on the way (spectral norm, weight standardisation) is no parameter.
    conv_of = {
        id(m._parameters.get('weight')): m for m in model.modules() if isinstance(m, _ConvNd)
    }
    norm_of = {id(m.running_mean): m for m in model.modules() if isinstance(m, _BatchNorm)}
    made_by = {id(output): weight for weight, output in flow.convolutions}
    norm_calls = Counter(id(mean) for _, mean in flow.norms)
    pairs = []
    for normed, mean in flow.norms:
        weight = made_by.get(id(normed))
        conv, norm = conv_of.get(id(weight)), norm_of.get(id(mean))
        if weight is None or mean is None or conv is None or norm is None:
            continue
        if flow.reads[id(normed)] == flow.reads[id(weight)] == norm_calls[id(mean)] == 1:
            pairs.append((conv, norm))
    return pairs


def fuse_conv_bn(model: nn.Module, inputs: Tensor) -> int:
    """Fold every batch normalisation that follows a convolution into it, in place.

    Normalisations become ``nn.Identity`` under their old names, so code that reaches them by name
    (``norm1`` of a residual block, ``norm`` of a ``ConvModule``) goes on working.

    Args:
        model: A pose estimator in evaluation mode.
        inputs: A normalised batch (B, 3, H, W), for one forward pass.

    Returns:
        The number of normalisations that are gone.
    """
    pairs = find_pairs(model, inputs)
    for conv, norm in pairs:
        weight, bias = fold_batch_norm(conv, norm)
        conv.weight = nn.Parameter(weight, requires_grad=False)
        conv.bias = nn.Parameter(bias, requires_grad=False)
    gone = {id(norm) for _, norm in pairs}
    for module in list(model.modules()):
        for name, child in module._modules.items():
            if id(child) in gone:
                module._modules[name] = nn.Identity()
    return len(pairs)
