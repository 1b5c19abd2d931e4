"""Parameters, multiply-adds and speed of pose estimators."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.analysis import FlopAnalyzer
from mmpose.testing import get_packed_inputs
from torch import Tensor, nn
from tqdm import tqdm

from mmpose_stable.complexity.models import BuiltModel
from mmpose_stable.pose_head import decoder_of

COUNTER = (
    'multiply-adds of convolutions, deconvolutions and matrix products (and a few for each value '
    'of normalisations, resizing and pooling), by mmengine.analysis.FlopAnalyzer'
)


def processor() -> str:
    """Return the kind of processor, with the vector instructions that PyTorch uses if it tells."""
    backend = getattr(torch.backends, 'cpu', None)  # not in PyTorch 1
    return (
        f'{platform.machine()}, {backend.get_cpu_capability()}' if backend else platform.machine()
    )


def clock(threads: int) -> Callable[[], float]:
    """Return a clock: processor time for one thread, which other programs disturb least."""
    return time.process_time if threads == 1 else time.perf_counter


class TensorMode(nn.Module):
    """The network alone: images to maps, without decoding."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """Return what the head predicts for normalised images (B, 3, H, W)."""
        return self.model(images, None, mode='tensor')


def count_parameters(model: nn.Module) -> int:
    """Return the number of trained numbers."""
    return sum(parameter.numel() for parameter in model.parameters())


def count_macs(model: nn.Module, input_size: Sequence[int]) -> int:
    """Return the multiply-adds of one image.

    Args:
        model: A pose estimator in evaluation mode.
        input_size: Width and height in pixels.
    """
    width, height = input_size
    image = torch.zeros(1, 3, height, width, device=next(model.parameters()).device)
    with torch.no_grad():
        counter = FlopAnalyzer(TensorMode(model), (image,))
        return int(
            counter.unsupported_ops_warnings(False)
            .uncalled_modules_warnings(False)
            .tracer_warnings('none')
            .total()
        )


def time_predictions(models: Sequence[BuiltModel], batch: int, rounds: int) -> list[list[float]]:
    """Return the seconds of whole predictions, ``model.test_step``, the models taking turns.

    Models and images are on the CPU; see :func:`clock` for the kind of seconds.

    Args:
        models: What to time.
        batch: Images in one call.
        rounds: Timed calls of each model, after one that does not count.
    """
    inputs = [
        get_packed_inputs(
            batch, img_shape=m.input_size[::-1], input_size=m.input_size, with_heatmap=False
        )
        for m in models
    ]
    seconds: list[list[float]] = [[] for _ in models]
    now = clock(torch.get_num_threads())
    for number in tqdm(range(rounds + 1), desc=f'predictions, batch {batch}'):
        for built, data, taken in zip(models, inputs, seconds, strict=True):
            start = now()
            with torch.no_grad():
                built.model.test_step(data)
            if number:
                taken.append(now() - start)
    return seconds


def images_per_second(batch: int, seconds: Sequence[float]) -> float:
    """Return the images that are predicted in a second, by the median of the calls."""
    return batch / statistics.median(seconds)


def measure_speed(
    built: BuiltModel, batches: Sequence[int] = (1, 8), rounds: int = 9
) -> dict[str, float]:
    """Return the images a second by batch size as text, on one thread of this processor.

    Args:
        built: The model.
        batches: Batch sizes to time.
        rounds: Timed calls of each.
    """
    with one_thread():
        return {
            str(batch): images_per_second(batch, time_predictions([built], batch, rounds)[0])
            for batch in batches
        }


def measure_cost(
    built: BuiltModel, batches: Sequence[int] = (1, 8), rounds: int = 9
) -> dict[str, Any]:
    """Return what a result file keeps of a model's cost on one thread of this processor.

    Args:
        built: The model.
        batches: Batch sizes to time.
        rounds: Timed calls of each.

    Returns:
        ``input_size`` (width and height in pixels), ``parameters``, ``macs`` of one image, and
        ``images_per_second`` by batch size as text.
    """
    return {**count_cost(built), 'images_per_second': measure_speed(built, batches, rounds)}


def count_cost(built: BuiltModel) -> dict[str, Any]:
    """Return what of a model's cost needs no clock: input size, parameters, multiply-adds."""
    return {
        'input_size': list(built.input_size),
        'parameters': count_parameters(built.model),
        'macs': count_macs(built.model, built.input_size),
    }


def measure_costs(models: Iterable[BuiltModel]) -> Iterator[dict[str, Any]]:
    """Yield :func:`measure_cost` of each model, timing equal ones only once.

    Two timings of one network differ by some percent, which would read like a difference between
    the rows of a table. Models are equal if they have the same input size, parameters,
    multiply-adds and kind of decoding.
    """
    known: dict[str, dict[str, float]] = {}
    for built in models:
        cost = count_cost(built)
        key = repr((cost, type(decoder_of(built.model)).__name__))
        if key not in known:
            known[key] = measure_speed(built)
        yield {**cost, 'images_per_second': known[key]}


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
