import cv2
import numpy as np
import pytest

from mmpose_stable.perturbations import weather
from mmpose_stable.perturbations.frost_texture import frost_pictures
from mmpose_stable.perturbations.table import PERTURBATIONS


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


@pytest.fixture
def map_folder(tmp_path):
    """One picture whose red is the row, green the column, blue 200, of every pixel."""
    picture = np.full((60, 90, 3), 200, np.uint8)
    picture[..., 0] = np.arange(60)[:, None]
    picture[..., 1] = np.arange(90)
    cv2.imwrite(str(tmp_path / 'map.png'), picture[..., ::-1])
    return tmp_path


@pytest.mark.parametrize(('a', 'b'), PERTURBATIONS['frost'].parameters)
def test_frost_adds_a_weighted_crop_drawn_anywhere_in_the_picture_and_truncates(a, b, map_folder):
    (picture,) = frost_pictures(map_folder)
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    for seed in range(20):
        result = weather.frost(image, np.random.default_rng(seed), a, b, map_folder)
        rng = np.random.default_rng(seed)
        _, top, left = rng.integers(1), rng.integers(60 - 40 + 1), rng.integers(90 - 50 + 1)
        ice = picture[top : top + 40, left : left + 50].astype(int)
        exact = np.rint(1000 * a) * image + np.rint(1000 * b) * ice
        np.testing.assert_array_equal(result, np.minimum(exact // 1000, 255))


@pytest.mark.parametrize('shape', [(61, 50), (8, 500)])
def test_frost_enlarges_a_picture_that_does_not_cover_the_image(map_folder, shape):
    black = np.zeros((*shape, 3), np.uint8)
    result = weather.frost(black, np.random.default_rng(0), 1, 1, map_folder)
    assert result.shape == black.shape
    assert (result[..., 2] == 200).all()
    assert (np.diff(result[..., 0].astype(int), axis=0) >= 0).all()
