"""Time every perturbation of one image, beside imagecorruptions-imaug where it is installed.

Everything runs in one thread and in one process, the two packages taking turns at each (kind,
severity), after a first call each that fills their caches. Numbers are the processor time of the
fastest call in milliseconds, which other programs on the machine disturb least.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

for _variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[_variable] = '1'  # read when NumPy is first imported

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from tqdm import tqdm  # noqa: E402

from mmpose_stable.perturbations import SEVERITIES, perturb  # noqa: E402
from mmpose_stable.perturbations.table import GROUPS  # noqa: E402


def example_image(side: int) -> np.ndarray:
    """Return an (S, S, 3) uint8 image with shapes on a textured ground."""
    rng = np.random.default_rng(0)
    image = cv2.resize(rng.uniform(40, 200, (6, 6, 3)), (side, side), interpolation=cv2.INTER_CUBIC)
    image += 20 * cv2.GaussianBlur(rng.normal(0, 2, (side, side)), (0, 0), 1)[..., None]
    for _ in range(20):
        centre, radius = rng.integers(0, side, 2).tolist(), int(rng.integers(side // 16, side // 6))
        cv2.circle(image, centre, radius, rng.uniform(0, 255, 3), -1)
    return np.clip(image, 0, 255).astype(np.uint8)


def read_image(path: str, side: int) -> np.ndarray:
    """Return a photo, scaled to (S, S, 3) uint8 RGB."""
    image = cv2.imread(path)
    if image is None:
        raise SystemExit(f'--image: expected a readable picture, got {path!r}')
    image = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def load_oracle() -> Callable[[np.ndarray, str, int], np.ndarray] | None:
    """Return the other package's function of (image, kind, severity), or None."""
    try:
        from imagecorruptions import corrupt
    except ImportError:
        return None
    return lambda image, kind, severity: corrupt(image, severity=severity, corruption_name=kind)


KINDS = dict.fromkeys((*GROUPS['all'], *GROUPS['coco-c']))  # those of both packages


def milliseconds(run: Callable[[], object]) -> float:
    """Return the processor time of one call."""
    start = time.process_time()
    run()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--image', help='a photo, scaled to the size; a drawn image by default')
    parser.add_argument('--side', type=int, default=256, help='side of the image in pixels')
    parser.add_argument('--repeats', type=int, default=10, help='calls of each (kind, severity)')
    args = parser.parse_args()

    cv2.setNumThreads(1)
    image = read_image(args.image, args.side) if args.image else example_image(args.side)
    packages: dict[str, Callable] = {'mmpose_stable': perturb}
    oracle = load_oracle()
    if oracle is None:
        print('imagecorruptions-imaug is not installed: no comparison')
    else:
        packages['imagecorruptions-imaug'] = oracle

    times = {name: dict.fromkeys(KINDS, 0.0) for name in packages}
    first = dict.fromkeys(packages, 0.0)
    for kind in tqdm(KINDS, desc='kinds'):
        for severity in SEVERITIES:
            samples: dict[str, list[float]] = {name: [] for name in packages}
            for repeat in range(args.repeats + 1):
                for name, function in packages.items():
                    taken = milliseconds(lambda f=function: f(image, kind, severity))  # noqa: B023
                    if repeat:
                        samples[name].append(taken)
                    else:
                        first[name] += taken
            for name, taken in samples.items():
                times[name][kind] += min(taken)

    print(
        f'\nAll severities of one {args.side}×{args.side} image, one thread, ms of processor time'
    )
    print(f'OpenCV {cv2.__version__}, NumPy {np.__version__}\n')
    rows = [(kind, *(times[name][kind] for name in packages)) for kind in KINDS]
    rows.append(('together', *(sum(times[name].values()) for name in packages)))
    print('| kind | ' + ' | '.join(packages) + (' | ratio |' if oracle else ' |'))
    print('|---|' + '---:|' * (len(packages) + bool(oracle)))
    for kind, *cells in rows:
        cells = [*cells, cells[1] / cells[0]] if oracle else cells
        print(f'| {kind} | ' + ' | '.join(f'{cell:.1f}' for cell in cells) + ' |')
    print('\nFirst calls of each, which fill caches and compile, ms: ', end='')
    print(', '.join(f'{name} {taken:.0f}' for name, taken in first.items()))


if __name__ == '__main__':
    main()
