"""Boxes, COCO entries and files shared by the converters."""

from functools import partial

import annotation_files as files
import cv2
import numpy as np
import pytest
from mmpose.datasets.datasets.hand import Rhd2DDataset
from PIL import Image
from scipy.io import savemat


@pytest.mark.parametrize(
    ('points', 'margin', 'expected'),
    [
        ([(20.0, 30.0), (40.0, 70.0)], 5, (15, 25, 30, 50)),
        ([(-10.0, 30.0), (95.0, 99.0)], 10, (0, 20, 99, 79)),  # cut to the image
        ([(20.0, 30.0)], 0, (19, 29, 2, 2)),
        ([(-50.0, 30.0), (-20.0, 60.0)], 5, (0, 25, 0, 40)),  # all outside: without area
    ],
)
def test_a_box_grows_by_the_margin_inside_the_image(points, margin, expected):
    assert files.padded_box(np.array(points), margin, (100, 100)) == expected


def test_hand_keypoints_and_boxes_are_those_of_mmposes_rhd_files(
    shared_data, monkeypatch, tmp_path
):
    # MMPose looks for its data set descriptions below the working directory first.
    monkeypatch.chdir(tmp_path)
    folder = shared_data / 'mmpose_samples' / 'rhd'
    data = Rhd2DDataset(ann_file='test_rhd.json', data_root=str(folder), pipeline=[])
    names = data.metainfo['keypoint_id2name']
    assert tuple(names[at] for at in range(21)) == files.HAND_KEYPOINTS
    assert len(data) == 3
    for index in range(3):
        sample = data.get_data_info(index)
        keypoints = np.insert(sample['keypoints'][0], 2, 2, axis=1)
        _, entry = files.hand_entries(0, 'a.png', (320, 320), keypoints)
        x, y, width, height = entry['bbox']
        np.testing.assert_allclose(sample['bbox'], [[x, y, x + width, y + height]], atol=2e-3)


load_variable = partial(files.load_matlab, variable='a')


@pytest.mark.parametrize(
    ('read', 'content', 'reason'),
    [
        (files.image_size, b'nothing of the kind', 'not a readable picture'),
        (load_variable, b'nothing of the kind', 'not a readable MATLAB file'),
        (files.read_names, 'b\u00e9.jpg'.encode('latin-1'), 'is no text in UTF-8'),
    ],
)
def test_missing_and_damaged_files_are_named(tmp_path, read, content, reason):
    (tmp_path / 'damaged').write_bytes(content)
    with pytest.raises(ValueError, match=rf'damaged.*{reason}'):
        read(tmp_path / 'damaged')
    with pytest.raises(ValueError, match='absent is missing'):
        read(tmp_path / 'absent')


def test_a_matlab_file_that_is_cut_short_or_of_something_else_is_named(tmp_path):
    savemat(tmp_path / 'whole.mat', {'a': np.arange(500.0)}, do_compression=True)
    whole = (tmp_path / 'whole.mat').read_bytes()
    for length in (50, 130, len(whole) // 2, len(whole) - 10):
        (tmp_path / 'cut.mat').write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r'cut\.mat is not a readable MATLAB file'):
            load_variable(tmp_path / 'cut.mat')
    with pytest.raises(ValueError, match='no variable "joints"'):
        files.load_matlab(tmp_path / 'whole.mat', 'joints')


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig'])
def test_lists_are_read_as_any_editor_writes_them(tmp_path, encoding):
    (tmp_path / 'names').write_bytes('im1.jpg\r\n\r\n  b\u00e9.jpg \r\n'.encode(encoding))
    assert files.read_names(tmp_path / 'names') == ['im1.jpg', 'b\u00e9.jpg']


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp'])
@pytest.mark.parametrize('orientation', [1, 3, 6])
def test_the_size_of_a_picture_is_that_of_its_loaded_pixels(tmp_path, suffix, orientation):
    path, exif = tmp_path / f'a.{suffix}', Image.Exif()
    exif[274] = orientation
    Image.new('RGB', (30, 20)).save(path, exif=exif)
    assert files.image_size(path) == cv2.imread(str(path)).shape[1::-1]
