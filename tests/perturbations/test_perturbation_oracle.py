"""Comparison with imagecorruptions-imaug, where it is installed."""

import numpy as np
import pytest

from mmpose_stable.perturbations import perturb

oracle = pytest.importorskip('imagecorruptions', reason='imagecorruptions-imaug is not installed')

DETERMINISTIC = (
    'brightness',
    'contrast',
    'defocus_blur',
    'gaussian_blur',
    'pixelate',
    'jpeg_compression',
    'saturate',
    'zoom_blur',
)
NOISE = ('gaussian_noise', 'impulse_noise', 'shot_noise', 'speckle_noise')
SPATIAL = ('fog', 'glass_blur', 'motion_blur', 'snow', 'spatter')
# What lies this close to a whole grey level may be truncated to either side of it.
ROUNDING = 2e-3


def theirs(image, kind, severity):
    return oracle.corrupt(image.copy(), severity=severity, corruption_name=kind).astype(float)


@pytest.mark.parametrize('severity', [1, 5])
@pytest.mark.parametrize('kind', DETERMINISTIC)
def test_deterministic_kinds_agree_but_for_one_level_where_a_value_is_nearly_whole(
    kind, severity, large_scene
):
    photo = pytest.importorskip('PIL.Image').fromarray(large_scene)
    exact = np.asarray(oracle.corruption_dict[kind](photo, severity)).astype(float)
    ours = perturb(large_scene, kind, severity)
    assert np.abs(ours - theirs(large_scene, kind, severity)).max() <= 1
    assert (ours >= np.floor(np.maximum(exact - ROUNDING, 0))).all()
    assert (ours <= np.floor(np.minimum(exact + ROUNDING, 255))).all()


@pytest.mark.parametrize('severity', [1, 5])
@pytest.mark.parametrize('kind', NOISE)
def test_noise_kinds_agree_in_mean_and_variance_at_each_level(kind, severity):
    np.random.seed(severity)  # noqa: NPY002 - the other package draws from it
    levels = np.arange(0, 256, 15)
    image = np.repeat(levels, 40).astype(np.uint8)[None, :, None].repeat(100, 0).repeat(3, 2)
    ours, other = (
        values.reshape(100, len(levels), 40, 3).transpose(1, 0, 2, 3).reshape(len(levels), -1)
        for values in (perturb(image, kind, severity).astype(float), theirs(image, kind, severity))
    )
    count = ours.shape[1]
    error = np.sqrt(2 * other.var(axis=1) / count) + 1e-9
    assert (np.abs(ours.mean(axis=1) - other.mean(axis=1)) < 5 * error).all()
    spread = np.square(other - other.mean(axis=1, keepdims=True))
    error = np.sqrt(2 * spread.var(axis=1) / count) + 1e-9
    assert (np.abs(ours.var(axis=1) - other.var(axis=1)) < 5 * error).all()


@pytest.mark.parametrize('severity', [1, 5])
@pytest.mark.parametrize('kind', SPATIAL)
def test_random_blurs_and_weather_agree_in_mean_and_deviation_of_the_change(
    kind, severity, large_scene
):
    np.random.seed(severity)  # noqa: NPY002 - the other package draws from it
    runs = 6

    def statistics(images):
        change = np.stack(images) - large_scene.astype(float)
        return np.stack([change.mean(axis=(1, 2, 3)), change.std(axis=(1, 2, 3))])

    ours = statistics([perturb(large_scene, kind, severity, key=k) for k in range(runs)])
    other = statistics([theirs(large_scene, kind, severity) for _ in range(runs)])
    spread = np.sqrt((ours.var(axis=1) + other.var(axis=1)) / runs)
    assert (np.abs(ours.mean(axis=1) - other.mean(axis=1)) < 5 * spread + 0.1).all()
