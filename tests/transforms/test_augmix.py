"""AugMix on arrays: each operation against Pillow, mixing, warps."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from mmpose_stable.transforms import augmix as module
from mmpose_stable.transforms.augmix import (
    augmix,
    autocontrast,
    equalize,
    posterize,
    random_warp,
    solarize,
)


def photo(size=(40, 50)):
    rng = np.random.default_rng(3)
    ramp = np.linspace(30, 200, size[1])[None, :, None] * np.array([1.0, 0.8, 0.5])
    return np.clip(ramp + rng.normal(0, 10, (*size, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize('level', [0, 3, 10])
def test_posterize_solarize_and_autocontrast_are_pillows(level):
    image = photo()
    bits, threshold = max(4 - int(4 * level / 10), 1), 256 - int(256 * level / 10)
    for found, expected, off in (
        (posterize(image, level), ImageOps.posterize(Image.fromarray(image), bits), 0),
        (solarize(image, level), ImageOps.solarize(Image.fromarray(image), threshold), 0),
        (autocontrast(image, level), ImageOps.autocontrast(Image.fromarray(image)), 1),
    ):
        assert np.abs(found.astype(int) - np.asarray(expected)).max() <= off
    flat = np.full((9, 9, 3), 77, np.uint8)
    assert np.array_equal(autocontrast(flat, level), flat)


def test_equalize_flattens_the_histogram_of_each_channel():
    image = photo((200, 200))
    result = equalize(image, 1)
    for channel in range(3):
        counts, _ = np.histogram(result[..., channel], bins=8, range=(0, 256))
        assert counts.min() > 0.5 * 40000 / 8
        assert counts.max() < 1.6 * 40000 / 8


def test_mixture_is_keyed_and_leaves_the_input_alone():
    image = photo()
    results = [augmix(image, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(image, photo())
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])
    assert results[0].dtype == np.uint8


def test_mixture_of_chains_that_change_nothing_is_the_picture_itself(monkeypatch):
    monkeypatch.setattr(module, 'PHOTOMETRIC', (lambda image, level: image,))
    for seed in range(10):
        assert np.array_equal(augmix(photo(), np.random.default_rng(seed)), photo())


def test_chains_are_made_and_weighted_as_in_the_paper(monkeypatch):
    calls = []

    def darker(image, level):
        calls.append(level)
        return (image * 0.9).astype(np.uint8)

    def striped(image, level):
        calls.append(level)
        return np.where(np.arange(image.shape[1])[None, :, None] % 3, image, 255 - image)

    operations = (darker, striped)
    monkeypatch.setattr(module, 'PHOTOMETRIC', operations)
    image, settings = photo(), {'severity': 5.0, 'width': 4, 'max_depth': 3, 'alpha': 0.4}
    lengths, levels = [], []
    for seed in range(60):
        calls.clear()
        result = augmix(image, np.random.default_rng(seed), **settings)
        levels += calls
        # Algorithm 1 of the paper, with the same draws.
        rng = np.random.default_rng(seed)
        weights, share = rng.dirichlet([0.4] * 4), rng.beta(0.4, 0.4)
        mixed = np.zeros(image.shape)
        for weight in weights:
            lengths.append(rng.integers(1, 4))
            chain = image
            for _ in range(lengths[-1]):
                chain = operations[rng.integers(2)](chain, rng.uniform(0.1, 5.0))
            mixed += weight * chain
        expected = (1 - share) * image + share * mixed
        assert np.abs(result - expected).max() <= 0.51
    assert set(lengths) == {1, 2, 3}
    assert len(levels) == sum(lengths)
    assert min(levels) >= 0.1
    assert 4.7 < max(levels) <= 5.0


def test_warps_of_every_kind_reach_their_bounds_on_both_sides():
    size = (60, 40)
    centre = np.array([29.5, 19.5])
    seen = {}
    for seed in range(1000):
        matrix = random_warp(size, np.random.default_rng(seed), 10.0)
        linear, moved = matrix[:, :2], matrix[:, :2] @ centre + matrix[:, 2] - centre
        if np.abs(moved).max() > 1e-9:
            axis = int(abs(moved[0]) <= 1e-9)
            kind, value = f'shift {"xy"[axis]}', moved[axis] / size[axis]
            assert abs(moved[1 - axis]) < 1e-9
            assert np.allclose(linear, np.eye(2))
        elif np.allclose(linear @ linear.T, np.eye(2)):
            kind, value = 'rotation', np.degrees(np.arctan2(linear[1, 0], linear[0, 0]))
        else:
            axis = int(linear[0, 1] == 0)
            kind, value = f'shear {"xy"[axis]}', linear[axis, 1 - axis]
            assert np.diag(linear).tolist() == [1, 1]
        seen.setdefault(kind, []).append(value)
    bounds = {'rotation': 30, 'shear x': 0.3, 'shear y': 0.3, 'shift x': 1 / 3, 'shift y': 1 / 3}
    assert seen.keys() == bounds.keys()
    for kind, bound in bounds.items():
        for largest in (max(seen[kind]), -min(seen[kind])):
            assert 0.9 * bound < largest <= bound + 1e-9
