"""The prediction table: frames, files, and joining of parts."""

import numpy as np
import pytest
from random_tables import make_table

from mmpose_stable.robustness.predictions import Predictions, load_predictions
from mmpose_stable.robustness.selection import Cell


@pytest.mark.parametrize('maps', [True, False])
def test_a_table_comes_back_from_its_file_and_parts_are_joined_row_by_row(tmp_path, maps):
    parts = [make_table(rows, maps=maps) for rows in ((0, 1), (2, 5))]
    table = Predictions.joined(parts)
    assert table.sample_index.tolist() == [0, 1, 2, 5]
    np.testing.assert_array_equal(table.keypoints[2:], parts[1].keypoints)
    table.save(tmp_path / 'predictions.npz', 'mark')
    back = load_predictions(tmp_path / 'predictions.npz')
    assert back.has_maps == maps
    assert back.cells == (Cell('snow', 1), Cell('snow', 5))
    for name, value in table.columns().items():
        np.testing.assert_array_equal(getattr(back, name), value)
        assert getattr(back, name).dtype == value.dtype
        if name in Predictions.OF_RUN:
            np.testing.assert_array_equal(value, getattr(parts[0], name))


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
