import numpy as np
import pytest

from mmpose_stable.perturbations import SEVERITIES
from mmpose_stable.perturbations.boxes import MovedBox, crop_of_box, draw_box, move_box

CENTER = np.array([[50.0, 80.0]], np.float32)
SCALE = np.array([[125.0, 250.0]], np.float32)
BOX = np.array([[100.0, 200.0]], np.float32)


@pytest.mark.parametrize('severity', SEVERITIES)
def test_a_box_moves_or_grows_by_two_percent_a_severity_as_its_key_says(severity):
    share, places = 0.02 * severity, []
    for key in (*range(20), 0):
        center, scale = move_box(CENTER, SCALE, BOX, 'box_shift', severity, key)
        assert np.linalg.norm((center - CENTER) / BOX) == pytest.approx(share, rel=1e-4)
        np.testing.assert_array_equal(scale, SCALE)
        assert center.dtype == np.float32
        places.append(tuple(center[0]))
        center, scale = move_box(CENTER, SCALE, BOX, 'box_scale', severity, key)
        np.testing.assert_array_equal(center, CENTER)
        ratio = scale / SCALE
        assert ratio[0, 0] == pytest.approx(ratio[0, 1])
        assert abs(ratio[0, 0] - 1) == pytest.approx(share, rel=1e-4)
    assert places[0] == places[-1]  # the key decides alone
    assert len(set(places)) == 20


def test_pixels_of_the_moved_crop_are_those_that_its_box_names(scene):
    moved = crop_of_box(scene, MovedBox(1.0, 12.0, -7.0))
    np.testing.assert_array_equal(moved[7:, :-12], scene[:-7, 12:])
    assert not moved[:7].any()
    assert not moved[:, -12:].any()
    half = crop_of_box(scene, MovedBox(0.5, 30.0, 20.0))
    np.testing.assert_array_equal(half[::2, ::2], scene[20 : 20 + 64, 30 : 30 + 72])


def test_boxes_stay_inside_their_limits_and_keep_the_centre_without_a_move():
    rng = np.random.default_rng(0)
    boxes = np.array([draw_box(rng, 0.1, 0.2, (60, 40)) for _ in range(300)])
    middle = (np.array([60, 40]) - 1) / 2
    moves = (boxes[:, :1] * middle + boxes[:, 1:] - middle) / (60, 40)
    assert np.abs(boxes[:, 0] - 1).max() == pytest.approx(0.2, abs=0.01)
    assert np.abs(moves).max(0) == pytest.approx(0.1, abs=0.005)
    scale, *start = draw_box(rng, 0.0, 0.2, (60, 40))
    np.testing.assert_allclose(scale * middle + start, middle)
