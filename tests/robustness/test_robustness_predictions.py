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


def test_the_box_size_is_the_longer_side():
    table = make_table()
    table.bbox = np.array([[0, 0, 10, 30], [5, 5, 45, 25], [3, 3, 3, 3]], float)
    assert table.box_size.tolist() == [30, 40, 1]
