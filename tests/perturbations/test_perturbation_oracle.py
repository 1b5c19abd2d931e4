import numpy as np
import pytest
from PIL import Image

from mmpose_stable.perturbations import perturb

oracle = pytest.importorskip('imagecorruptions', reason='imagecorruptions-imaug is not installed')

DETERMINISTIC = (
    *('brightness', 'contrast', 'defocus_blur', 'gaussian_blur', 'pixelate'),
    *('jpeg_compression', 'saturate', 'zoom_blur'),
)
RANDOM = (
    *('gaussian_noise', 'impulse_noise', 'shot_noise', 'speckle_noise'),
    *('fog', 'motion_blur', 'snow', 'spatter'),
)
# What lies this close to a whole grey level may be truncated to either side of it.
ROUNDING = 2e-3

both_ends = pytest.mark.parametrize('severity', [1, 5])


def theirs(image, kind, severity):
    return oracle.corrupt(image.copy(), severity=severity, corruption_name=kind).astype(float)


@both_ends
@pytest.mark.parametrize('kind', DETERMINISTIC)
def test_deterministic_kinds_agree_but_for_one_level_where_a_value_is_nearly_whole(
    kind, severity, scene
):
    exact = oracle.corruption_dict[kind](Image.fromarray(scene), severity)
    exact = np.asarray(exact).astype(float)
    ours = perturb(scene, kind, severity)
    assert np.abs(ours - theirs(scene, kind, severity)).max() <= 1
    assert (ours >= np.floor(np.maximum(exact - ROUNDING, 0))).all()
    assert (ours <= np.floor(np.minimum(exact + ROUNDING, 255))).all()


@both_ends
@pytest.mark.parametrize('kind', RANDOM)
def test_random_kinds_agree_in_mean_and_deviation_of_the_change(kind, severity, scene):
    np.random.seed(severity)  # noqa: NPY002 - the other package draws from it

    def statistics(images):
        change = np.stack(images) - scene.astype(float)
        return np.stack([change.mean(axis=(1, 2, 3)), change.std(axis=(1, 2, 3))])

    ours = statistics([perturb(scene, kind, severity, key=key) for key in range(6)])
    other = statistics([theirs(scene, kind, severity) for _ in range(6)])
    spread = np.sqrt((ours.var(axis=1) + other.var(axis=1)) / 6)
    assert (np.abs(ours.mean(axis=1) - other.mean(axis=1)) < 5 * spread + 0.1).all()
