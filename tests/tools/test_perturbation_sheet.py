import cv2
import numpy as np
import pytest

from mmpose_stable.perturbations import SEVERITIES, perturb

TOOL = 'perturbation_sheet'


def test_a_sheet_has_rows_of_kinds_and_columns_of_severities(run_tool, tmp_path):
    coarse = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    picture = cv2.resize(coarse, (224, 224))
    cv2.imwrite(str(tmp_path / 'photo.png'), picture)
    out = tmp_path / 'sheet.png'
    run_tool(TOOL, tmp_path / 'photo.png', '--kinds', 'snow,saturate', '--out', out)
    sheet = cv2.imread(str(out))[:, -6 * 224 :]
    for row, kind in zip(np.split(sheet, 2), ('snow', 'saturate'), strict=True):
        views = [perturb(picture, kind, s, key=0, channel_order='bgr') for s in SEVERITIES]
        np.testing.assert_array_equal(row, np.hstack([picture, *views]))


def test_a_picture_that_is_none_is_an_error(run_tool, capsys):
    with pytest.raises(SystemExit):
        run_tool(TOOL, 'absent.jpg')
    assert "image: expected a readable picture, got 'absent.jpg'" in capsys.readouterr().err
