"""The perturbations, their parameters at severities 1 to 5, and their groups, in one table.

The set of 15 is that of the stable heatmap regression paper, which follows D. Hendrycks and
T. Dietterich, "Benchmarking neural network robustness to common corruptions and perturbations",
ICLR 2019. Levels are on the scale 0..1; radii and deviations of blurs are pixels, tuned at images
of 224 pixels.
"""

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import NamedTuple

import numpy as np

from . import blur, digital, noise, weather

SEVERITIES = (1, 2, 3, 4, 5)
MIN_SIDE = 8


class Perturbation(NamedTuple):
    """One kind: its function of (image, rng, *parameters) and its parameters for each severity."""

    apply: Callable[..., np.ndarray]
    parameters: tuple[tuple[float, ...], ...]


TRAINING = {
    'brightness': Perturbation(digital.brightness, ((0.1,), (0.2,), (0.3,), (0.4,), (0.5,))),
    'defocus_blur': Perturbation(  # radius, sigma of the rim
        blur.defocus_blur, ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))
    ),
    'zoom_blur': Perturbation(  # stop and step of the zooms
        blur.zoom_blur, ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))
    ),
    'frost': Perturbation(  # weights of image and frost
        weather.frost, ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
    ),
    'contrast': Perturbation(digital.contrast, ((0.4,), (0.3,), (0.2,), (0.1,), (0.05,))),
    'gaussian_noise': Perturbation(
        noise.gaussian_noise, ((0.08,), (0.12,), (0.18,), (0.26,), (0.38,))
    ),
    'glass_blur': Perturbation(  # sigma, reach of a copy, passes
        blur.glass_blur, ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2))
    ),
    'motion_blur': Perturbation(  # radius, sigma
        blur.motion_blur_image, ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))
    ),
    'shot_noise': Perturbation(noise.shot_noise, ((60,), (25,), (12,), (5,), (3,))),
    'snow': Perturbation(  # mean, std, zoom, threshold, radius and sigma of the motion, mix
        weather.snow,
        (
            (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
            (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
            (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
            (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
            (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
        ),
    ),
}

HELD_OUT = {
    'gaussian_blur': Perturbation(blur.gaussian_blur, ((1,), (2,), (3,), (4,), (6,))),
    'jpeg_compression': Perturbation(digital.jpeg_compression, ((25,), (18,), (15,), (10,), (7,))),
    'saturate': Perturbation(  # factor, shift
        digital.saturate, ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2))
    ),
    'spatter': Perturbation(  # mean, std, sigma, threshold, strength, mud
        weather.spatter,
        (
            (0.65, 0.3, 4, 0.69, 0.6, False),
            (0.65, 0.3, 3, 0.68, 0.6, False),
            (0.65, 0.3, 2, 0.68, 0.5, False),
            (0.65, 0.3, 1, 0.65, 1.5, True),
            (0.67, 0.4, 1, 0.65, 1.5, True),
        ),
    ),
    'speckle_noise': Perturbation(noise.speckle_noise, ((0.15,), (0.2,), (0.35,), (0.45,), (0.6,))),
}

# The first three are of ImageNet-C. Its elastic transform is left out: it moves what is in the
# picture, so keypoints ought to move too. The others are kinds of PoseBench (Ma et al., 2024) with
# parameters of our own.
MORE = {
    'impulse_noise': Perturbation(  # share of the values
        noise.impulse_noise, ((0.03,), (0.06,), (0.09,), (0.17,), (0.27,))
    ),
    'fog': Perturbation(  # thickness, decay
        weather.fog, ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4))
    ),
    'pixelate': Perturbation(digital.pixelate, ((0.6,), (0.5,), (0.4,), (0.3,), (0.25,))),
    'darkness': Perturbation(digital.darkness, ((0.6,), (0.45,), (0.3,), (0.2,), (0.1,))),
    'color_quantization': Perturbation(  # levels of each channel
        digital.color_quantization, ((32,), (16,), (8,), (4,), (2,))
    ),
    'mask': Perturbation(  # share of the picture
        digital.mask, ((0.05,), (0.1,), (0.15,), (0.2,), (0.3,))
    ),
}

PERTURBATIONS = {**TRAINING, **HELD_OUT, **MORE}
TRAINING_KINDS = tuple(TRAINING)
HELD_OUT_KINDS = tuple(HELD_OUT)
ALL_KINDS = TRAINING_KINDS + HELD_OUT_KINDS  # the paper's
EVERY_KIND = tuple(PERTURBATIONS)
GROUPS = {
    'train': TRAINING_KINDS,
    'held-out': HELD_OUT_KINDS,
    'all': ALL_KINDS,
    # Wang et al., "When human pose estimation meets robustness", CVPR 2021: ImageNet-C on COCO.
    'coco-c': (
        *('gaussian_noise', 'shot_noise', 'impulse_noise'),
        *('defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur'),
        *('snow', 'frost', 'fog', 'brightness', 'contrast', 'pixelate', 'jpeg_compression'),
    ),
    'posebench': (
        *('motion_blur', 'gaussian_noise', 'impulse_noise', 'pixelate', 'jpeg_compression'),
        *('color_quantization', 'brightness', 'darkness', 'contrast', 'mask'),
    ),
}


def check_kind(kind: str, groups: Sequence[str] = ()) -> None:
    """Raise a ValueError, which names `groups` too, unless `kind` is that of a perturbation."""
    if kind not in EVERY_KIND:
        raise ValueError(f'kind: expected one of {", ".join([*groups, *EVERY_KIND])}; got {kind!r}')


def check_severity(severity: int) -> None:
    """Raise a ValueError unless `severity` is a whole number from 1 to 5."""
    if not isinstance(severity, Integral) or severity not in SEVERITIES:
        raise ValueError(f'severity: expected a whole number from 1 to 5; got {severity!r}')


def resolve_kinds(
    kinds: str | Sequence[str], others: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """Return the perturbations that a setting names, without repetition, in the order given.

    Args:
        kinds: The name of a group, one kind, several joined by commas, or a sequence of any of
            these.
        others: Names that are allowed too, with the kinds that each stands for.

    Raises:
        ValueError: If a name is unknown or none is left.
    """
    groups = {**GROUPS, **(others or {})}
    names = [name.strip() for name in kinds.split(',')] if isinstance(kinds, str) else list(kinds)
    chosen: list[str] = []
    for name in filter(None, names):
        if name not in groups:
            check_kind(name, tuple(groups))
        chosen += groups.get(name, (name,))
    if not chosen:
        raise ValueError(
            f'kinds: expected at least one perturbation or a group ({", ".join(groups)}); '
            f'got {kinds!r}'
        )
    return tuple(dict.fromkeys(chosen))


def resolve_severities(severities: int | Sequence[int]) -> tuple[int, ...]:
    """Return the severities that a setting names, without repetition, in the order given.

    Raises:
        ValueError: If one is not a whole number from 1 to 5, or none is given.
    """
    chosen = [severities] if isinstance(severities, Integral) else list(severities)
    for severity in chosen:
        check_severity(severity)
    if not chosen:
        raise ValueError(f'severities: expected at least one from 1 to 5; got {severities!r}')
    return tuple(dict.fromkeys(int(severity) for severity in chosen))
