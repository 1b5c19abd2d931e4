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
def test_posterize_and_solarize_equal_pillows(level):
    image = photo()
    bits = max(4 - int(4 * level / 10), 1)
    expected = np.asarray(ImageOps.posterize(Image.fromarray(image), bits))
    assert np.array_equal(posterize(image, level), expected)
    threshold = 256 - int(256 * level / 10)
    expected = np.asarray(ImageOps.solarize(Image.fromarray(image), threshold))
    assert np.array_equal(solarize(image, level), expected)


def test_autocontrast_equals_pillows_within_one_level():
    image = photo()
    expected = np.asarray(ImageOps.autocontrast(Image.fromarray(image)))
    assert np.abs(autocontrast(image, 1).astype(int) - expected).max() <= 1
    flat = np.full((9, 9, 3), 77, np.uint8)
    assert np.array_equal(autocontrast(flat, 1), flat)


def test_equalize_flattens_the_histogram_of_each_channel():
    image = photo((200, 200))
    result = equalize(image, 1)
    for channel in range(3):
        counts, _ = np.histogram(result[..., channel], bins=8, range=(0, 256))
        assert counts.min() > 0.5 * 40000 / 8
        assert counts.max() < 1.6 * 40000 / 8


def test_mixture_is_keyed_and_leaves_the_input_alone():
    image = photo()
    before = image.copy()
    results = [augmix(image, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(image, before)
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])
    assert results[0].dtype == np.uint8
    assert results[0].shape == image.shape


def test_mixture_of_chains_that_change_nothing_is_the_picture_itself(monkeypatch):
    monkeypatch.setattr(module, 'PHOTOMETRIC', (lambda image, level: image,))
    for seed in range(10):
        assert np.array_equal(augmix(photo(), np.random.default_rng(seed)), photo())


def test_weights_of_the_chains_sum_to_one_and_the_original_keeps_its_share(monkeypatch):
    monkeypatch.setattr(module, 'PHOTOMETRIC', (lambda image, level: np.zeros_like(image),))
    image = np.full((4, 4, 3), 200, np.uint8)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        rng.dirichlet([1.0] * 3)
        share = rng.beta(1.0, 1.0)
        result = augmix(image, np.random.default_rng(seed))
        assert np.abs(result - (1 - share) * 200.0).max() <= 0.51


def test_warps_are_bounded_and_of_every_kind():
    size = (60, 40)
    centre = np.array([29.5, 19.5])
    seen = set()
    for seed in range(200):
        matrix = random_warp(size, np.random.default_rng(seed), 10.0)
        linear, moved = matrix[:, :2], matrix[:, :2] @ centre + matrix[:, 2] - centre
        if np.abs(moved).max() > 1e-9:
            seen.add('shift x' if abs(moved[0]) > 1e-9 else 'shift y')
            assert (np.abs(moved) <= np.array(size) / 3 + 1e-9).all()
            assert np.allclose(linear, np.eye(2))
        elif np.allclose(linear @ linear.T, np.eye(2)):
            seen.add('rotation')
            assert np.degrees(np.arccos(linear[0, 0])) <= 30 + 1e-9
        else:
            seen.add('shear x' if abs(linear[0, 1]) > 0 else 'shear y')
            assert np.abs(linear - np.eye(2)).max() <= 0.3
    assert len(seen) == 5
