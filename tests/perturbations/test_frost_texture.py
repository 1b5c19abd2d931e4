import cv2
import numpy as np
import pytest

from mmpose_stable.perturbations.frost_texture import SIDE, drawn_ice, frost_pictures


def test_the_drawn_ice_is_the_same_each_time_and_cannot_be_changed():
    first = drawn_ice()
    assert first.dtype == np.uint8
    assert not first.flags.writeable
    drawn_ice.cache_clear()
    np.testing.assert_array_equal(drawn_ice(), first)


def test_the_drawn_ice_is_bluish_white_has_contrast_everywhere_and_no_border():
    ice = drawn_ice().astype(float)
    red, green, blue = ice.mean(axis=(0, 1))
    assert red < green < blue
    blocks = ice.mean(axis=2).reshape(6, SIDE // 6, 6, SIDE // 6)
    assert blocks.std(axis=(1, 3)).min() > 10
    assert blocks.mean(axis=(1, 3)).min() > 80
    assert blocks.mean(axis=(1, 3)).max() < 230
    for axis in (0, 1):
        inside = np.abs(np.diff(ice, axis=axis)).mean()
        across = np.abs(np.take(ice, 0, axis) - np.take(ice, -1, axis)).mean()
        assert across < 1.5 * inside


def test_a_folder_is_read_by_name_in_rgb(tmp_path):
    for name, blue in (('b.png', 20), ('a.png', 10)):
        cv2.imwrite(str(tmp_path / name), np.full((4, 4, 3), (blue, 0, 0), np.uint8))
    (tmp_path / 'notes.txt').write_text('not a picture')
    pixels = [picture[0, 0].tolist() for picture in frost_pictures(tmp_path)]
    assert pixels == [[0, 0, 10], [0, 0, 20]]


def test_a_folder_without_pictures_and_a_broken_picture_are_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'frost_folder: expected a folder.*found none in'):
        frost_pictures(tmp_path)
    with pytest.raises(FileNotFoundError, match='absent'):
        frost_pictures(tmp_path / 'absent')
    (tmp_path / 'broken.jpg').write_bytes(b'nothing')
    with pytest.raises(ValueError, match=r'broken\.jpg'):
        frost_pictures(tmp_path)
