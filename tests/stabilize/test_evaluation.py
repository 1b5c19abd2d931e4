"""How well predictions before and after agree."""

import numpy as np
import pytest
from made_results import CELLS, make_predictions

from mmpose_stable.robustness.files import write_columns
from mmpose_stable.robustness.predictions import PREDICTIONS_FILE
from mmpose_stable.stabilize.evaluation import agreement


def test_agreement_is_one_for_equal_predictions_and_falls_with_distance_and_with_nan(tmp_path):
    table = make_predictions(CELLS, 0, False, 1.0)
    header = {'schema': table.SCHEMA}
    write_columns(tmp_path / 'a' / PREDICTIONS_FILE, header, table.columns())
    assert agreement(tmp_path / 'a', tmp_path / 'a') == 1
    moved = np.array(table.keypoints)
    moved[:, 0] += (0.075 * 60, 0)  # half of the largest threshold, of boxes 60 wide
    columns = {**table.columns(), 'keypoints': moved}
    write_columns(tmp_path / 'b' / PREDICTIONS_FILE, header, columns)
    assert agreement(tmp_path / 'a', tmp_path / 'b') == pytest.approx(0.5, abs=0.02)
    columns['keypoints'] = np.array(table.keypoints)
    columns['keypoints'][: len(table.keypoints) // 2, 0] = np.nan
    write_columns(tmp_path / 'c' / PREDICTIONS_FILE, header, columns)
    assert agreement(tmp_path / 'a', tmp_path / 'c') == pytest.approx(0.5)
    assert agreement(tmp_path / 'c', tmp_path / 'a') == 1
