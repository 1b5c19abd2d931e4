"""Crops of moved boxes: what their numbers mean, and how they are drawn."""

import numpy as np
import pytest

from mmpose_stable.perturbations.box_views import MovedBox, crop_of_box, draw_box


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
