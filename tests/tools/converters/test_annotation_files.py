"""Boxes, COCO entries and files shared by the converters."""

import json

import cv2
import numpy as np
import pytest
from annotation_files import (
    ConversionError,
    coco_annotation,
    coco_document,
    hand_box,
    image_size,
    load_matlab,
    padded_box,
    read_names,
    write_annotations,
    write_matlab,
)
from PIL import Image
from scipy.io import savemat


def test_box_without_touching_the_border_grows_by_the_margin():
    points = np.array([[20.0, 30.0], [40.0, 70.0]])
    assert padded_box(points, 5, (100, 100)) == (15, 25, 30, 50)


def test_box_is_cut_to_the_image():
    points = np.array([[-10.0, 30.0], [95.0, 99.0]])
    assert padded_box(points, 10, (100, 100)) == (0, 20, 99, 79)


def test_single_point_has_a_box_around_it():
    assert padded_box(np.array([[20.0, 30.0]]), 0, (100, 100)) == (19, 29, 2, 2)


def test_points_outside_of_the_image_have_a_box_without_area():
    box = padded_box(np.array([[-50.0, 30.0], [-20.0, 60.0]]), 5, (100, 100))
    assert box[2] * box[3] == 0


def test_hand_box_is_a_fifth_larger_than_the_tight_box():
    points = np.array([[20.0, 30.0], [40.0, 70.0]])
    assert hand_box(points, (100, 100)) == (18, 26, 24, 48)


def test_annotation_zeroes_unlabelled_keypoints_and_counts_the_others():
    keypoints = np.array([[1.0, 2, 2], [np.nan, 7, 0], [3, 4, 1]])
    entry = coco_annotation(4, 3, keypoints, (0, 1, 10, 20))
    assert entry['keypoints'] == [1, 2, 2, 0, 0, 0, 3, 4, 1]
    assert (entry['id'], entry['image_id'], entry['num_keypoints']) == (4, 3, 2)
    assert entry['area'] == 200


def test_skeleton_indices_start_at_one():
    document = coco_document('thing', ('a', 'b', 'c'), (('a', 'b'), ('c', 'a')), [], [])
    assert document['categories'][0]['skeleton'] == [[1, 2], [3, 1]]


@pytest.mark.parametrize(
    ('write', 'bad'),
    [(write_annotations, dict(a=float('nan'))), (write_matlab, dict(a=object()))],
)
def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, write, bad):
    path = tmp_path / 'deep' / 'file'
    write(dict(a=np.arange(3).tolist()), path)
    before = path.read_bytes()
    with pytest.raises((ValueError, TypeError)):
        write(bad, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ['file']


def test_json_comes_back(tmp_path):
    write_annotations(dict(a=[1, 2.5]), tmp_path / 'a.json')
    assert json.loads((tmp_path / 'a.json').read_text()) == dict(a=[1, 2.5])


@pytest.mark.parametrize('compressed', [False, True])
def test_a_matlab_file_that_is_cut_short_is_named(compressed, tmp_path):
    savemat(tmp_path / 'whole.mat', {'a': np.arange(500.0)}, do_compression=compressed)
    whole = (tmp_path / 'whole.mat').read_bytes()
    for length in (50, 130, len(whole) // 2, len(whole) - 10):
        (tmp_path / 'cut.mat').write_bytes(whole[:length])
        with pytest.raises(ConversionError, match=r'cut\.mat is not a readable MATLAB file'):
            load_matlab(tmp_path / 'cut.mat')


def test_missing_and_damaged_files_are_named(tmp_path):
    damaged = tmp_path / 'damaged'
    damaged.write_bytes(b'nothing of the kind')
    missing = tmp_path / 'missing'
    for read, reason in [(image_size, 'not a readable image'), (load_matlab, 'MATLAB file')]:
        with pytest.raises(ConversionError, match=rf'damaged.*{reason}'):
            read(damaged)
        with pytest.raises(ConversionError, match='missing does not exist'):
            read(missing)
    with pytest.raises(ConversionError, match='missing does not exist'):
        read_names(missing)


def test_list_files_may_have_empty_lines(tmp_path):
    (tmp_path / 'names').write_text('a.jpg\n\n  b.jpg  \n')
    assert read_names(tmp_path / 'names') == ['a.jpg', 'b.jpg']


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_lists_are_read_as_any_editor_writes_them(tmp_path, encoding):
    path = tmp_path / 'names.txt'
    path.write_bytes('im1.jpg\r\nb\u00e9.jpg\r\n'.encode(encoding))
    assert read_names(path) == ['im1.jpg', 'b\u00e9.jpg']


@pytest.mark.parametrize('encoding', ['latin-1', 'utf-16-le'])
def test_a_list_whose_encoding_cannot_be_told_is_refused(tmp_path, encoding):
    path = tmp_path / 'names.txt'
    path.write_bytes('b\u00e9.jpg'.encode(encoding))
    with pytest.raises(ConversionError, match=r'names\.txt is no text in UTF-8'):
        read_names(path)


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp'])
@pytest.mark.parametrize('orientation', [1, 3, 6, 8])
def test_the_size_of_a_picture_is_that_of_its_loaded_pixels(tmp_path, suffix, orientation):
    path, exif = tmp_path / f'a.{suffix}', Image.Exif()
    exif[274] = orientation
    Image.new('RGB', (30, 20)).save(path, exif=exif)
    assert image_size(path) == cv2.imread(str(path)).shape[1::-1]
