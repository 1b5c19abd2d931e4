import runpy
import sys

import cv2
import numpy as np
import pytest

from mmpose_stable.perturbations import EVERY_KIND, SEVERITIES, perturb


@pytest.fixture
def photo(tmp_path, scene):
    """A square of the scene, so that the tool need not cut it."""
    cv2.imwrite(str(tmp_path / 'photo.png'), scene[:128, :128])
    return tmp_path / 'photo.png'


@pytest.fixture
def command(repo, monkeypatch):
    """Run the tool as a command line does, in this process; return its names."""

    def run(*arguments):
        path = str(repo / 'tools' / 'perturbation_sheet.py')
        monkeypatch.setattr(sys, 'argv', [path, *map(str, arguments)])
        return runpy.run_path(path, run_name='__main__')

    return run


def test_one_command_makes_one_sheet_of_rows_of_kinds_and_columns_of_severities(
    command, photo, tmp_path, capsys
):
    tool = command(photo, '--out', tmp_path / 'sheet.png', '--side', 40)
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
def test_the_command_explains_itself(command, photo, capsys, arguments, message):
    with pytest.raises(SystemExit):
        command(*(argument.format(photo=photo) for argument in arguments))
    captured = capsys.readouterr()
    assert message in captured.err + captured.out
