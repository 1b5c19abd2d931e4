import runpy
import sys

import cv2
import numpy as np
import pytest

from mmpose_stable.perturbations import EVERY_KIND, SEVERITIES, perturb


@pytest.fixture
def command(repo, monkeypatch):
    """Run the tool as a command line does, in this process."""

    def run(*arguments):
        path = str(repo / 'tools' / 'perturbation_sheet.py')
        monkeypatch.setattr(sys, 'argv', [path, *map(str, arguments)])
        runpy.run_path(path, run_name='__main__')

    return run


def test_one_command_makes_one_sheet_with_a_row_a_kind(command, tmp_path, scene, capsys):
    photo, out = tmp_path / 'photo.png', tmp_path / 'sheet.png'
    cv2.imwrite(str(photo), scene[..., ::-1])
    command(photo, '--out', out, '--side', 40)
    assert sorted(p.name for p in tmp_path.iterdir()) == ['photo.png', 'sheet.png']
    height, width = cv2.imread(str(out)).shape[:2]
    assert len(EVERY_KIND) * 40 < height < (len(EVERY_KIND) + 5) * 40
    assert width > 6 * 40
    assert f'{width}×{height} pixels' in capsys.readouterr().out


def test_rows_are_kinds_and_columns_severities(repo, scene):
    tool = runpy.run_path(str(repo / 'tools' / 'perturbation_sheet.py'))
    picture = tool['fit_square'](scene, 40)
    sheet = tool['draw_sheet'](picture, seed=3)
    for row, kind in enumerate(EVERY_KIND):
        views = [
            perturb(picture, kind, severity, key=3, channel_order='bgr') for severity in SEVERITIES
        ]
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
def test_the_command_explains_itself(command, tmp_path, scene, capsys, arguments, message):
    photo = tmp_path / 'photo.png'
    cv2.imwrite(str(photo), scene)
    with pytest.raises(SystemExit):
        command(*(argument.format(photo=photo) for argument in arguments))
    captured = capsys.readouterr()
    assert message in captured.err + captured.out
