"""The prediction table: frames and sizes of boxes."""

import numpy as np
import pytest
from random_tables import make_table


def test_the_input_frame_is_the_crop_stretched_to_the_input_size():
    table = make_table()
    moved = table.in_input(table.keypoints)
    for row, column, keypoint, axis in np.ndindex(3, 3, 4, 2):
        corner = table.input_center[row, axis] - table.input_scale[row, axis] / 2
        offset = table.keypoints[row, column, keypoint, axis] - corner
        expected = offset * table.input_size[axis] / table.input_scale[row, axis]
        assert moved[row, column, keypoint, axis] == pytest.approx(expected)
    np.testing.assert_array_equal(table.in_input(table.keypoints[:, 1]), moved[:, 1])


def test_a_step_of_whole_pixels_of_the_input_is_within_its_threshold():
    table = make_table()
    table.true_keypoints[:] = table.keypoints[:, 0]
    # As predictions are kept: float32 in the photograph.
    clean = table.keypoints[:, 0].astype(np.float32)
    sides = (table.input_scale / table.input_size)[:, None]
    for step in range(1, 31):
        moved = (table.keypoints[:, 0] + (step, 0) * sides).astype(np.float32)
        table.keypoints = np.stack((clean, moved, moved), 1)
        values = table.values(1, np.ones((3, 4), bool))
        for name, first in (('ruc_area', 1), ('auc', 0)):
            # A step of the curve rises from the threshold before.
            area = 1 if step == first else (30.5 - step) / (30 - first)
            np.testing.assert_allclose(values[name][0], area)


def test_the_box_size_is_the_longer_side():
    table = make_table()
    table.bbox = np.array([[0, 0, 10, 30], [5, 5, 45, 25], [3, 3, 3, 3]], float)
    assert table.box_size.tolist() == [30, 40, 1]
