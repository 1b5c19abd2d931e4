"""Timing and tables that the benchmarks share.

What is compared takes turns in each round, so that a machine that slows down slows all down. Times
are processor times of one thread, which other programs disturb least. A ratio is the median over
the rounds of (time of the reference / time of this), from the two times of one round.
"""

import platform
import statistics
import time
from collections.abc import Callable

import cv2
import torch
from tqdm import tqdm

Times = dict[str, list[float]]


def use_one_thread() -> None:
    """Let PyTorch and OpenCV compute on one thread, and print on what."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(f'PyTorch {torch.__version__}, {platform.machine()}, processor time of one thread')


def measure(variants: dict[str, Callable[[], object]], rounds: int) -> Times:
    """Return the milliseconds of each variant in each round, after a call that does not count."""
    times: Times = {name: [] for name in variants}
    for number in tqdm(range(rounds + 1), leave=False):
        for name, run in variants.items():
            start = time.process_time()
            run()
            if number:
                times[name].append(1e3 * (time.process_time() - start))
    return times


def ratio(times: Times, name: str, reference: str) -> float:
    """Return how many times faster than the reference a variant is."""
    pairs = zip(times[reference], times[name], strict=True)
    return statistics.median(theirs / ours for theirs, ours in pairs)


def print_table(title: str, times: Times, reference: str) -> None:
    """Print minimum, median and the ratio to the reference of each variant."""
    print(f'\n{title}\n\n| | minimum, ms | median, ms | × as fast as {reference} |')
    print('|---|---:|---:|---:|')
    for name, values in times.items():
        cells = min(values), statistics.median(values), ratio(times, name, reference)
        print(f'| {name} | {cells[0]:.1f} | {cells[1]:.1f} | {cells[2]:.2f} |')
