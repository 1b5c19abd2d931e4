"""Boxes that move: by the stated share, in the same way for the same key."""

import numpy as np
import pytest

from mmpose_stable.perturbations import SEVERITIES
from mmpose_stable.perturbations.boxes import move_box

CENTER = np.array([[50.0, 80.0]], np.float32)
SCALE = np.array([[125.0, 250.0]], np.float32)
BOX = np.array([[100.0, 200.0]], np.float32)


@pytest.mark.parametrize('severity', SEVERITIES)
def test_a_box_moves_or_grows_by_two_percent_a_severity(severity):
    share = 0.02 * severity
    for key in range(20):
        center, scale = move_box(CENTER, SCALE, BOX, 'box_shift', severity, key)
        assert np.linalg.norm((center - CENTER) / BOX) == pytest.approx(share, rel=1e-4)
        np.testing.assert_array_equal(scale, SCALE)
        center, scale = move_box(CENTER, SCALE, BOX, 'box_scale', severity, key)
        np.testing.assert_array_equal(center, CENTER)
        ratio = scale / SCALE
        assert ratio[0, 0] == pytest.approx(ratio[0, 1])
        assert abs(ratio[0, 0] - 1) == pytest.approx(share, rel=1e-4)


def test_the_key_decides_alone_and_nothing_given_is_written_to():
    first, again, other = (move_box(CENTER, SCALE, BOX, 'box_shift', 3, k)[0] for k in (1, 1, 2))
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(CENTER, [[50, 80]])
    assert first.dtype == np.float32
