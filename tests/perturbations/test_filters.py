import numpy as np
import pytest

from mmpose_stable.perturbations.filters import motion_blur, truncate


def test_truncate_cuts_fractions_off_and_clips():
    values = np.float32([0, 0.4, 0.99, 1, 99.9999, 100.5, 254.99, 255, 255.9, 300])
    assert truncate(values).ravel().tolist() == [0, 0, 0, 1, 100, 100, 254, 255, 255, 255]


@pytest.mark.parametrize('angle', [-135, -90, -45, -20, 0, 33, 45])
def test_motion_blur_adds_the_pixels_along_its_direction(angle, naive_motion):
    image = np.random.default_rng(2).uniform(0, 255, (23, 31)).astype(np.float32)
    expected = naive_motion(image, 10, 4, angle)
    np.testing.assert_allclose(motion_blur(image, 10, 4, angle), expected, atol=1e-2)
