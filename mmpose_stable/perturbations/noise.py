"""Gaussian, shot, speckle and impulse noise.

After clipping and truncation each of them turns a grey level g into a grey level k with a
probability P(k | g), and each value is drawn alone. So k is drawn from P(k | g) itself, by Walker's
alias method (ACM Transactions on Mathematical Software, 1977): one 32-bit random number and one
look-up per value, whatever the distribution.

Tables P(k | g) are (256, 256) float64, rows g, columns k.
"""

import functools
from collections.abc import Callable

import numpy as np
from scipy import special

_LEVELS = np.arange(256)


def normal_levels(std: float | np.ndarray) -> np.ndarray:
    """Return P(k | g) for g + N(0, std), the deviation in grey levels, one or (256,), maybe 0."""
    std = np.broadcast_to(std, 256)[:, None]
    gap = _LEVELS[1:] - _LEVELS[:, None]  # k or less comes from below k + 1
    below = special.ndtr(np.divide(gap, std, out=np.copysign(np.inf, gap - 0.5), where=std > 0))
    return np.diff(below, prepend=0.0, append=1.0)


def gaussian_levels(std: float) -> np.ndarray:
    """Return P(k | g) for x + N(0, std) on the scale 0..1."""
    return normal_levels(255 * std)


def speckle_levels(std: float) -> np.ndarray:
    """Return P(k | g) for x + x * N(0, std) on the scale 0..1."""
    return normal_levels(std * _LEVELS)


def shot_levels(photons: int) -> np.ndarray:
    """Return P(k | g) for Poisson(x * photons) / photons on the scale 0..1."""
    mean = photons * _LEVELS[:, None] / 255
    count = np.arange(photons)
    probability = np.zeros((256, 256))
    probability[:, 255 * count // photons] = np.diff(special.pdtr(count, mean), prepend=0.0)
    probability[:, 255] = 1 - probability.sum(axis=1)  # as many counts as white, or more
    return probability


def impulse_levels(share: float) -> np.ndarray:
    """Return P(k | g) for replacing a share of the values by 0 or 255 (salt and pepper)."""
    probability = np.eye(256) * (1 - share)
    probability[:, [0, 255]] += share / 2
    return probability


def alias_table(probability: np.ndarray) -> np.ndarray:
    """Return the table (65536,) uint32 for drawing from the rows of (256, 256) probabilities.

    Entry 256 * g + column has an 8-bit alias in the low byte and above it a 24-bit threshold. A
    random 32-bit number with the column in its low byte gives the column if it is less than the
    entry, else the alias.
    """
    rows = np.arange(len(probability))
    mass = probability * 256  # every column has to end with a mass of 1
    alias = np.tile(_LEVELS, (len(rows), 1))
    threshold = np.ones_like(mass)
    open_columns = np.ones(mass.shape, bool)
    for _ in range(255):
        least = np.where(open_columns, mass, np.inf).argmin(axis=1)
        most = np.where(open_columns, mass, -np.inf).argmax(axis=1)
        threshold[rows, least] = mass[rows, least]
        alias[rows, least] = most
        mass[rows, most] -= 1 - mass[rows, least]
        open_columns[rows, least] = False
    fixed = np.clip(np.round(threshold * 2**24), 0, 2**24 - 1).astype(np.uint32)
    return ((fixed << 8) | alias.astype(np.uint32)).ravel()


@functools.lru_cache(maxsize=256)
def _table(levels: Callable[..., np.ndarray], parameter: float) -> np.ndarray:
    return alias_table(levels(parameter))


def add_noise(
    levels: Callable[..., np.ndarray],
    image: np.ndarray,
    rng: np.random.Generator,
    parameter: float,
) -> np.ndarray:
    """Draw each value of an image anew from the table that `levels` makes of the parameter."""
    table = _table(levels, parameter)
    bits = rng.integers(0, 2**64, (image.size + 1) // 2, np.uint64).view(np.uint32)[: image.size]
    column = bits.astype(np.uint8)  # keeps the low byte
    cell = (image.ravel().astype(np.intp) << 8) | column
    entry = table.take(cell, mode='clip')  # 'clip' because it skips the check; all are in range
    result = entry.astype(np.uint8)
    result += (column - result) * (bits < entry)  # the column below the threshold, modulo 256
    return result.reshape(image.shape)


gaussian_noise = functools.partial(add_noise, gaussian_levels)
shot_noise = functools.partial(add_noise, shot_levels)
speckle_noise = functools.partial(add_noise, speckle_levels)
impulse_noise = functools.partial(add_noise, impulse_levels)
