import numpy as np
import pytest
from scipy import stats

from mmpose_stable.perturbations import noise

GREYS = (0, 1, 60, 128, 254, 255)


def naive_normal(grey, std):
    """P(k) of truncating grey + N(0, std), clipped to 0..255, one k after the other."""
    cdf = stats.norm(grey, std).cdf
    inner = [cdf(k + 1) - cdf(k) for k in range(1, 255)]
    return [cdf(1), *inner, 1 - cdf(255)]


def naive_poisson(grey, photons):
    """P(k) of truncating 255 * count / photons, clipped at 255, one count after the other."""
    result = np.zeros(256)
    for count, share in enumerate(stats.poisson(photons * grey / 255).pmf(np.arange(400))):
        result[min(255 * count // photons, 255)] += share
    return result


@pytest.mark.parametrize('std', [0.08, 0.38])
def test_gaussian_noise_has_the_probabilities_of_a_truncated_normal(std):
    table = noise.normal_levels(255 * std)
    for grey in GREYS:
        np.testing.assert_allclose(table[grey], naive_normal(grey, 255 * std), atol=1e-12)


@pytest.mark.parametrize('std', [0.15, 0.6])
def test_speckle_noise_has_the_probabilities_of_a_normal_as_wide_as_its_level(std):
    table = noise.normal_levels(std * np.arange(256))
    np.testing.assert_array_equal(table[0], np.eye(256)[0])
    for grey in GREYS[1:]:
        np.testing.assert_allclose(table[grey], naive_normal(grey, std * grey), atol=1e-12)


@pytest.mark.parametrize('photons', [60, 25, 12, 5, 3])
def test_shot_noise_has_the_probabilities_of_counted_photons(photons):
    table = noise.poisson_levels(photons)
    np.testing.assert_array_equal(table[0], np.eye(256)[0])
    for grey in GREYS:
        np.testing.assert_allclose(table[grey], naive_poisson(grey, photons), atol=1e-12)


@pytest.mark.parametrize(
    'probability',
    [
        noise.normal_levels(20.4),
        noise.poisson_levels(12),
        np.full((256, 256), 1 / 256),
        np.eye(256)[::-1],
    ],
)
def test_the_alias_table_gives_each_level_its_probability(probability):
    entry = noise.alias_table(probability).reshape(256, 256)
    threshold, alias = (entry >> 8) / 2**24, entry & 255
    result = threshold / 256
    for row in range(256):
        np.add.at(result[row], alias[row], (1 - threshold[row]) / 256)
    np.testing.assert_allclose(result, probability, atol=1e-7)


@pytest.mark.parametrize(
    ('apply', 'parameter', 'levels'),
    [
        (noise.gaussian_noise, 0.18, noise.normal_levels(0.18 * 255)),
        (noise.shot_noise, 12, noise.poisson_levels(12)),
        (noise.speckle_noise, 0.35, noise.normal_levels(0.35 * np.arange(256))),
    ],
)
def test_what_is_drawn_follows_the_probabilities(apply, parameter, levels):
    side = 400
    for grey in (40, 130, 250):
        image = np.full((side, side, 3), grey, np.uint8)
        drawn = apply(image, np.random.default_rng(grey), parameter)
        share = np.bincount(drawn.ravel(), minlength=256) / drawn.size
        gap = np.abs(np.cumsum(share) - np.cumsum(levels[grey])).max()
        assert gap < 2 / np.sqrt(drawn.size)  # Kolmogorov: passes with probability 0.9993


def test_neighbouring_values_are_independent():
    image = np.full((301, 301, 3), 128, np.uint8)
    drawn = noise.gaussian_noise(image, np.random.default_rng(0), 0.12).astype(float)
    flat = drawn.ravel() - drawn.mean()
    for lag in (1, 2, 3, 903):
        correlation = (flat[lag:] * flat[:-lag]).mean() / flat.var()
        assert abs(correlation) < 5 / np.sqrt(flat.size)
