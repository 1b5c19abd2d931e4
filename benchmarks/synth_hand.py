"""Time of rendering one synthetic hand on one thread, at several picture sizes."""

from __future__ import annotations

import argparse
import time

import cv2
import numpy as np
from tqdm import tqdm

from mmpose_stable.datasets.synth_hand.renderer import render_hand


def render_times(size: int, count: int, repeats: int) -> np.ndarray:
    """Return the processor time in ms of each of ``count`` pictures, the best of ``repeats``."""
    times = np.full(count, np.inf)
    for _ in range(repeats):
        for index in tqdm(range(count), desc=f'{size} px', leave=False):
            start = time.process_time()
            render_hand(0, 'train', index, (size, size))
            times[index] = min(times[index], 1e3 * (time.process_time() - start))
    return times


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sizes', type=int, nargs='+', default=[128, 160, 256])
    parser.add_argument('--count', type=int, default=100)
    parser.add_argument('--repeats', type=int, default=3)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    start = time.perf_counter()
    render_hand(0, 'train', 0, (64, 64))
    print(f'first picture, with the mesh built once a process: {time.perf_counter() - start:.1f} s')
    print(f'one thread, best of {args.repeats}, {args.count} pictures')
    for size in args.sizes:
        times = render_times(size, args.count, args.repeats)
        print(
            f'{size} px: mean {times.mean():.1f} ms, 95 % within {np.quantile(times, 0.95):.1f} ms'
        )


if __name__ == '__main__':
    main()
