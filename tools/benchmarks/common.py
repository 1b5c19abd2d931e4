"""Timing and tables that the benchmarks share.

What is compared takes turns in each round, so that a machine that slows down slows all down. A
ratio is the median over the rounds of (time of the reference / time of this), from the two times
of one round.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import torch
from tqdm import tqdm

from mmpose_stable.files import write_text


def processor() -> str:
    """Return the kind of processor, with the vector instructions that PyTorch uses if it tells."""
    backend = getattr(torch.backends, 'cpu', None)  # not in PyTorch 1
    return (
        f'{platform.machine()}, {backend.get_cpu_capability()}' if backend else platform.machine()
    )


def clock(threads: int) -> Callable[[], float]:
    """Return a clock: processor time for one thread, which other programs disturb least."""
    return time.process_time if threads == 1 else time.perf_counter


def add_common_arguments(parser: argparse.ArgumentParser, rounds: int) -> None:
    """Add the options that every benchmark has."""
    parser.add_argument('--rounds', type=int, default=rounds, help='timed calls of each variant')
    parser.add_argument('--threads', type=int, default=1, help='threads of PyTorch and OpenCV')
    parser.add_argument('--markdown', help='also write the tables to this file')


def set_threads(threads: int) -> None:
    """Give PyTorch and OpenCV this many threads."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)


def setting(threads: int) -> str:
    """Return a line that says on what and how the times were taken."""
    kind = 'processor time' if threads == 1 else 'wall time'
    return (
        f'PyTorch {torch.__version__}, {threads} thread(s) of PyTorch and OpenCV, {kind}, '
        f'{processor()}'
    )


def interleave(
    variants: dict[str, Callable[[], float]], rounds: int, label: str
) -> dict[str, list[float]]:
    """Return the seconds of each variant in each round, after one call of each that does not count.

    Args:
        variants: Name to a function that does the work and returns its seconds.
        rounds: Number of rounds.
        label: Text of the progress bar.
    """
    times: dict[str, list[float]] = {name: [] for name in variants}
    for number in tqdm(range(rounds + 1), desc=label):
        for name, run in variants.items():
            taken = run()
            if number:
                times[name].append(taken)
    return times


def timed(work: Callable[[], object], threads: int) -> Callable[[], float]:
    """Return a function that does the work and returns the seconds it took."""
    now = clock(threads)

    def run() -> float:
        start = now()
        work()
        return now() - start

    return run


def ratio(times: dict[str, list[float]], name: str, reference: str) -> float:
    """Return how many times faster than the reference a variant is."""
    pairs = zip(times[reference], times[name], strict=True)
    return statistics.median(theirs / ours for theirs, ours in pairs)


def time_table(
    title: str, times: dict[str, list[float]], references: list[str], unit: float = 1e3
) -> str:
    """Return a Markdown table with minimum, median and the ratio to each reference.

    Args:
        title: Heading.
        times: Seconds by variant and round.
        references: Variants that the others are compared with, a column each.
        unit: What a second is multiplied by; milliseconds by default.
    """
    name = {1e3: 'ms', 1e6: 'µs'}[unit]
    heads = ['', f'minimum, {name}', f'median, {name}', *(f'× as fast as {r}' for r in references)]
    rows = [
        [
            variant,
            f'{unit * min(seconds):.1f}',
            f'{unit * statistics.median(seconds):.1f}',
            *(f'{ratio(times, variant, reference):.2f}' for reference in references),
        ]
        for variant, seconds in times.items()
    ]
    return f'### {title}\n\n{markdown_table(heads, rows)}'


def markdown_table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table whose first column is text and whose others are numbers."""
    lines = [heads, ['---', *['---:'] * (len(heads) - 1)], *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def report(parts: list[str], markdown: str | None) -> None:
    """Print the parts, and write them to a Markdown file where one is named."""
    text = '\n\n'.join(parts) + '\n'
    print(f'\n{text}')
    if markdown:
        write_text(Path(markdown), text)
