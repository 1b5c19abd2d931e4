import numpy as np
import pytest
from scipy import stats

from mmpose_stable.perturbations import noise, perturb

GREYS = (0, 1, 40, 60, 130, 250, 254, 255)


def naive_normal(grey, std):
    """P(k) of truncating grey + N(0, std), clipped to 0..255, one k after the other."""
    if std == 0:
        return np.eye(256)[grey]
    cdf = stats.norm(grey, std).cdf
    return [cdf(1), *[cdf(k + 1) - cdf(k) for k in range(1, 255)], 1 - cdf(255)]


def naive_poisson(grey, photons):
    """P(k) of truncating 255 * count / photons, clipped at 255, one count after the other."""
    result = np.zeros(256)
    for count, share in enumerate(stats.poisson(photons * grey / 255).pmf(np.arange(400))):
        result[min(255 * count // photons, 255)] += share
    return result


def naive_impulse(grey, share):
    result = np.eye(256)[grey] * (1 - share)
    result[[0, 255]] += share / 2
    return result


def gaussian(std):
    return noise.gaussian_levels(std), lambda grey: naive_normal(grey, 255 * std)


def speckle(std):
    return noise.speckle_levels(std), lambda grey: naive_normal(grey, std * grey)


def shot(photons):
    return noise.shot_levels(photons), lambda grey: naive_poisson(grey, photons)


def impulse(share):
    return noise.impulse_levels(share), lambda grey: naive_impulse(grey, share)


@pytest.mark.parametrize(
    ('kind', 'parameter'),
    [
        *((gaussian, std) for std in (0.08, 0.38)),
        *((speckle, std) for std in (0.15, 0.6)),
        *((shot, photons) for photons in (60, 25, 12, 5, 3)),
        (impulse, 0.09),
    ],
)
def test_levels_and_what_is_drawn_have_the_probabilities_of_the_definition(kind, parameter):
    table, naive = kind(parameter)
    draw = getattr(noise, f'{kind.__name__}_noise')
    for grey in GREYS:
        np.testing.assert_allclose(table[grey], naive(grey), atol=1e-12)
        image = np.full((200, 200, 3), grey, np.uint8)
        drawn = draw(image, np.random.default_rng(grey), parameter)
        share = np.bincount(drawn.ravel(), minlength=256) / drawn.size
        gap = np.abs(np.cumsum(share) - np.cumsum(naive(grey))).max()
        assert gap < 2 / np.sqrt(drawn.size)  # Kolmogorov: passes with probability 0.9993


def test_neighbouring_values_are_independent():
    image = np.full((301, 301, 3), 128, np.uint8)
    drawn = perturb(image, 'gaussian_noise', 2).astype(float)
    flat = drawn.ravel() - drawn.mean()
    for lag in (1, 2, 3, 903):
        correlation = (flat[lag:] * flat[:-lag]).mean() / flat.var()
        assert abs(correlation) < 5 / np.sqrt(flat.size)
