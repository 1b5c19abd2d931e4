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


NAIVE = {
    'gaussian': (lambda grey, std: naive_normal(grey, 255 * std), (0.08, 0.38)),
    'speckle': (lambda grey, std: naive_normal(grey, std * grey), (0.15, 0.6)),
    'shot': (naive_poisson, (60, 25, 12, 5, 3)),
    'impulse': (naive_impulse, (0.09,)),
}


@pytest.mark.parametrize(
    ('kind', 'parameter'), [(kind, value) for kind in NAIVE for value in NAIVE[kind][1]]
)
def test_levels_and_what_is_drawn_have_the_probabilities_of_the_definition(kind, parameter):
    table = getattr(noise, f'{kind}_levels')(parameter)
    draw = getattr(noise, f'{kind}_noise')
    for grey in GREYS:
        naive = NAIVE[kind][0](grey, parameter)
        np.testing.assert_allclose(table[grey], naive, atol=1e-12)
        image = np.full((200, 200, 3), grey, np.uint8)
        drawn = draw(image, np.random.default_rng(grey), parameter)
        share = np.bincount(drawn.ravel(), minlength=256) / drawn.size
        gap = np.abs(np.cumsum(share) - np.cumsum(naive)).max()
        assert gap < 2 / np.sqrt(drawn.size)  # Kolmogorov: passes with probability 0.9993


def test_neighbouring_values_are_independent():
    image = np.full((301, 301, 3), 128, np.uint8)
    drawn = perturb(image, 'gaussian_noise', 2).astype(float)
    flat = drawn.ravel() - drawn.mean()
    for lag in (1, 2, 3, 903):
        correlation = (flat[lag:] * flat[:-lag]).mean() / flat.var()
        assert abs(correlation) < 5 / np.sqrt(flat.size)
