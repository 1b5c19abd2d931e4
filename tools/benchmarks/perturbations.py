"""Time every perturbation of one image, beside imagecorruptions-imaug where it is installed."""

from collections.abc import Callable

import cv2
import numpy as np
from common import measure, ratio, use_one_thread

from mmpose_stable.perturbations import SEVERITIES, perturb
from mmpose_stable.perturbations.table import GROUPS

SIDE = 256
KINDS = dict.fromkeys((*GROUPS['all'], *GROUPS['coco-c']))  # those of both packages
OURS, OTHERS = 'mmpose_stable', 'imagecorruptions-imaug'


def example_image() -> np.ndarray:
    """Return an (S, S, 3) uint8 image with shapes on a textured ground."""
    rng = np.random.default_rng(0)
    image = cv2.resize(rng.uniform(40, 200, (6, 6, 3)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    image += 20 * cv2.GaussianBlur(rng.normal(0, 2, (SIDE, SIDE)), (0, 0), 1)[..., None]
    for _ in range(20):
        centre, radius = rng.integers(0, SIDE, 2).tolist(), int(rng.integers(SIDE // 16, SIDE // 6))
        cv2.circle(image, centre, radius, rng.uniform(0, 255, 3), -1)
    return np.clip(image, 0, 255).astype(np.uint8)


def main() -> None:
    """Measure and print one table."""
    packages: dict[str, Callable] = {OURS: perturb}
    try:
        from imagecorruptions import corrupt

        packages[OTHERS] = lambda image, kind, severity: corrupt(image, severity, kind)
    except ImportError:
        print(f'{OTHERS} is not installed: no comparison')
    use_one_thread()
    image = example_image()
    print(f'\nAll severities of one {SIDE}×{SIDE} image, fastest of ten calls, ms\n')
    print(f'| kind | {" | ".join(packages)} | ratio |\n|---|{"---:|" * (len(packages) + 1)}')
    for kind in KINDS:
        work = {
            name: lambda f=function, k=kind: [f(image, k, severity) for severity in SEVERITIES]
            for name, function in packages.items()
        }
        times = measure(work, rounds=10)
        cells = [f'{min(values):.1f}' for values in times.values()]
        cells.append(f'{ratio(times, OURS, OTHERS):.1f}' if OTHERS in times else '')
        print(f'| {kind} | {" | ".join(cells)} |')


if __name__ == '__main__':
    main()
