import numpy as np

from mmpose_stable.perturbations.filters import truncate


def test_truncate_cuts_fractions_off_and_clips():
    values = np.float32([0, 0.4, 0.99, 1, 99.9999, 100.5, 254.99, 255, 255.9, 300])
    assert truncate(values).ravel().tolist() == [0, 0, 0, 1, 100, 100, 254, 255, 255, 255]
