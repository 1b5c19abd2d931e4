import cv2
import numpy as np
import pytest

from mmpose_stable.perturbations import EVERY_KIND, SEVERITIES, perturb

TOOL = 'perturbation_sheet'


@pytest.fixture
def photo(tmp_path):
    coarse = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'photo.png'), cv2.resize(coarse, (64, 64)))
    return tmp_path / 'photo.png'


def test_one_command_makes_one_sheet_of_rows_of_kinds_and_columns_of_severities(
    run_tool, photo, tmp_path, capsys
):
    tool = run_tool(TOOL, photo, '--out', tmp_path / 'sheet.png', '--side', 40)
    assert sorted(p.name for p in tmp_path.iterdir()) == ['photo.png', 'sheet.png']
    sheet = cv2.imread(str(tmp_path / 'sheet.png'))
    assert f'{sheet.shape[1]}×{sheet.shape[0]} pixels' in capsys.readouterr().out
    picture = tool['fit_square'](cv2.imread(str(photo)), 40)
    for row, kind in enumerate(EVERY_KIND):
        views = [perturb(picture, kind, s, key=0, channel_order='bgr') for s in SEVERITIES]
        for column, view in enumerate([picture, *views]):
            top = tool['HEADER_HEIGHT'] + row * (40 + tool['GAP'])
            left = tool['LABEL_WIDTH'] + column * (40 + tool['GAP'])
            np.testing.assert_array_equal(sheet[top : top + 40, left : left + 40], view)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['absent.jpg'], "image: expected a readable picture, got 'absent.jpg'"),
        (['{photo}', '--side', '4'], '--side: expected at least 32 pixels, got 4'),
        (['{photo}', '--out', 'sheet.jpg'], 'expected a name ending in .png'),
        (['{photo}', '--kinds', 'rain'], '--kinds: '),
        (['--help'], 'contact sheet'),
    ],
)
def test_the_command_explains_itself(run_tool, photo, capsys, arguments, message):
    with pytest.raises(SystemExit):
        run_tool(TOOL, *(argument.format(photo=photo) for argument in arguments))
    captured = capsys.readouterr()
    assert message in captured.err + captured.out
