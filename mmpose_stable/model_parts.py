"""What other code asks of a model and of its pipeline, whatever wraps it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mmengine.model import is_model_wrapper
from mmpose.datasets.transforms import TopdownAffine
from mmpose.models.heads import VisPredictHead
from torch import Tensor, nn

from mmpose_stable.tensors import map_tensors


def pose_head(head: Any) -> Any:
    """Return the head that makes maps and decodes them: the inner one of a ``VisPredictHead``."""
    return head.pose_head if isinstance(head, VisPredictHead) else head


def decoder_of(model: nn.Module) -> Any:
    """Return the codec that decodes a model's keypoints, None where it names none."""
    return getattr(pose_head(getattr(model, 'head', None)), 'decoder', None)


def decoder_input_size(model: nn.Module) -> tuple[int, int] | None:
    """Return the width and height in pixels that a model's codec names, None where it does not."""
    size = getattr(decoder_of(model), 'input_size', None)
    return (int(size[0]), int(size[1])) if size is not None and len(size) == 2 else None


def cropped_size(transforms: Sequence[Callable]) -> tuple[int, int] | None:
    """Return the width and height in pixels of the last crop of a pipeline, None without one."""
    sizes = [step.input_size for step in transforms if isinstance(step, TopdownAffine)]
    return sizes[-1] if sizes else None


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model that a wrapper such as ``MMDistributedDataParallel`` holds, or itself."""
    return model.module if is_model_wrapper(model) else model


@contextmanager
def mapped_outputs(
    module: nn.Module, function: Callable[[Tensor], Tensor], name: str = 'forward'
) -> Iterator[None]:
    """Apply a function to every tensor that a module's method returns inside the block.

    MMPose calls the ``forward`` of heads without the hooks of torch.
    """
    method = getattr(module, name)

    def mapped(*args: Any, **kwargs: Any) -> Any:
        return map_tensors(function, method(*args, **kwargs))

    with replaced(module, name, mapped):
        yield


@contextmanager
def replaced(module: nn.Module, name: str, value: Any) -> Iterator[None]:
    """Let an attribute or a method of a module be another one inside the block; blocks may nest."""
    own, before = name in vars(module), vars(module).get(name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before) if own else delattr(module, name)
