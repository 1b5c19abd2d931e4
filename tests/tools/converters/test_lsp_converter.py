"""LSP in both original layouts, on files made like them and on the real ones."""

import json
import runpy
import sys

import cv2
import numpy as np
import pytest
from annotation_files import ConversionError
from lsp_to_coco import (
    convert_lsp,
    joints_to_keypoints,
    read_image_numbers,
    read_lsp_joints,
)
from PIL import Image
from scipy.io import savemat

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS

WIDTH, HEIGHT = 120, 90


def joints_of(count, seed=0):
    """(N, 14, 2) positions inside the image."""
    return np.random.default_rng(seed).uniform(5, 80, (count, 14, 2))


def extended(points, visible):
    return np.concatenate([points, visible[..., None]], axis=-1).transpose(1, 2, 0)


def original(points, hidden):
    return np.concatenate([points, hidden[..., None]], axis=-1).transpose(2, 1, 0)


def write_source(folder, joints, names):
    (folder / 'images').mkdir(parents=True)
    savemat(folder / 'joints.mat', dict(joints=joints))
    for name in names:
        cv2.imwrite(str(folder / 'images' / name), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    return folder


@pytest.fixture
def source(tmp_path):
    """Five images in the layout of LSP extended, the third absent, the fourth without labels."""
    visible = np.ones((5, 14))
    visible[0, 2] = 0
    visible[3] = 0
    points = joints_of(5)
    points[0, 2] = (0, -30)
    names = [f'im{number:05d}.jpg' for number in (1, 2, 4, 5)]
    return write_source(tmp_path / 'lspet', extended(points, visible), names)


def test_third_value_of_the_extended_set_says_labelled():
    points, visible = joints_of(3), np.ones((3, 14))
    visible[1, 4] = 0
    labels = joints_to_keypoints(extended(points, visible))
    np.testing.assert_array_equal(labels.keypoints[..., :2], points)
    np.testing.assert_array_equal(labels.keypoints[..., 2], 2 * visible)
    assert labels.image_name.format(7) == 'im00007'


def test_third_value_of_the_original_set_says_hidden():
    points, hidden = joints_of(3), np.zeros((3, 14))
    hidden[1, 4] = 1
    labels = joints_to_keypoints(original(points, hidden))
    np.testing.assert_array_equal(labels.keypoints[..., :2], points)
    np.testing.assert_array_equal(labels.keypoints[..., 2], 2 - hidden)
    assert labels.image_name.format(7) == 'im0007'


def test_fourteen_images_are_told_apart_by_the_first_two_axes():
    points = joints_of(14)
    labels = joints_to_keypoints(extended(points, np.ones((14, 14))))
    np.testing.assert_array_equal(labels.keypoints[..., :2], points)


def test_absent_and_unlabelled_images_are_left_out_and_reported(source):
    result = convert_lsp(source)
    assert [image['id'] for image in result.document['images']] == [1, 2, 5]
    assert (result.absent, result.unlabelled) == ([3], [4])


def test_entry_holds_joints_and_a_box_around_the_labelled_ones(source):
    result = convert_lsp(source, padding=0.1)
    entry = result.document['annotations'][0]
    keypoints = np.reshape(entry['keypoints'], (14, 3))
    points = joints_of(5)[0]
    np.testing.assert_array_equal(keypoints[2], 0)
    rest = np.delete(np.arange(14), 2)
    np.testing.assert_allclose(keypoints[rest, :2], points[rest], atol=1e-4)
    assert entry['num_keypoints'] == 13

    low, high = points[rest].min(axis=0), points[rest].max(axis=0)
    margin = 0.1 * max(high - low)
    low, high = np.maximum(low - margin, 0), np.minimum(high + margin, [WIDTH - 1, HEIGHT - 1])
    np.testing.assert_allclose(entry['bbox'], [*low, *(high - low)], atol=1e-3)
    assert result.document['images'][0]['width'] == WIDTH
    assert tuple(result.document['categories'][0]['keypoints']) == LSP_KEYPOINTS


def test_labelled_joint_outside_of_the_image_is_kept(tmp_path):
    points = joints_of(1)
    points[0, 0] = (-20, 40)
    source = write_source(tmp_path / 'a', extended(points, np.ones((1, 14))), ['im00001.jpg'])
    entry = convert_lsp(source).document['annotations'][0]
    assert entry['keypoints'][:3] == [-20, 40, 2]
    assert entry['bbox'][0] == 0


def test_png_pictures_are_taken(source):
    for path in (source / 'images').iterdir():
        cv2.imwrite(str(path.with_suffix('.png')), cv2.imread(str(path)))
        path.unlink()
    images = convert_lsp(source).document['images']
    assert [image['file_name'] for image in images] == [f'im0000{n}.png' for n in (1, 2, 5)]


def test_size_and_box_are_those_of_the_upright_picture(tmp_path):
    # In a portrait that is stored lying, these joints would lie below the picture.
    points = np.full((1, 14, 2), (40.0, 100.0)) + np.arange(14)[:, None] / 2
    source = write_source(tmp_path, extended(points, np.ones((1, 14))), [])
    exif = Image.Exif()
    exif[274] = 6
    Image.new('RGB', (WIDTH, HEIGHT)).save(source / 'images' / 'im00001.jpg', exif=exif)
    document = convert_lsp(source).document
    (image,), (person,) = document['images'], document['annotations']
    assert (image['width'], image['height']) == (HEIGHT, WIDTH)
    np.testing.assert_allclose(person['bbox'], [39, 99, 8.5, 8.5])


def test_listed_image_has_to_exist(source):
    assert len(convert_lsp(source, [5, 1]).document['images']) == 2
    with pytest.raises(ConversionError, match=r'image 3 is listed, .* neither im00003\.jpg nor'):
        convert_lsp(source, [1, 3])
    with pytest.raises(ConversionError, match=r'image numbers \[5\] are listed more than once'):
        convert_lsp(source, [5, 1, 5])
    with pytest.raises(ConversionError, match='image number 6 is not among the 5 images'):
        convert_lsp(source, [6])


@pytest.mark.parametrize('padding', [-0.1, float('nan'), float('inf')])
def test_a_padding_that_is_no_growth_is_refused(source, padding):
    with pytest.raises(ConversionError, match=r'\(--padding\): expected 0 or a larger number'):
        convert_lsp(source, padding=padding)


def test_nan_of_an_unlabelled_joint_is_dropped_and_of_a_labelled_one_refused():
    points, visible = joints_of(3), np.ones((3, 14))
    points[1, 4] = np.nan
    with pytest.raises(ConversionError, match=r'left_knee in im00002 are not finite'):
        joints_to_keypoints(extended(points, visible))
    visible[1, 4] = 0
    assert joints_to_keypoints(extended(points, visible)).keypoints[1, 4, 2] == 0


def test_wrong_content_is_refused_with_a_reason(tmp_path):
    with pytest.raises(ConversionError, match=r'should have the shape \(3, 14, N\)'):
        joints_to_keypoints(np.zeros((14, 2, 5)))
    with pytest.raises(ConversionError, match='should be 0 or 1'):
        joints_to_keypoints(np.full((14, 3, 5), 7.0))
    with pytest.raises(ConversionError, match=r'joints\.mat does not exist'):
        read_lsp_joints(tmp_path / 'joints.mat')
    savemat(tmp_path / 'joints.mat', dict(other=1))
    with pytest.raises(ConversionError, match='no variable "joints"'):
        read_lsp_joints(tmp_path / 'joints.mat')


def test_folder_without_any_image_is_refused(tmp_path):
    source = write_source(tmp_path / 'a', extended(joints_of(2), np.ones((2, 14))), [])
    with pytest.raises(ConversionError, match=r'no image of .* is usable'):
        convert_lsp(source)


def test_lists_take_names_and_numbers(tmp_path):
    path = tmp_path / 'split.txt'
    path.write_text('im00101.jpg\nim00102\n103\n\nim0104.jpg\n')
    assert read_image_numbers(path) == [101, 102, 103, 104]
    path.write_text('im00101.jpg\ncat.png\n')
    with pytest.raises(ConversionError, match=r"has 'cat\.png'"):
        read_image_numbers(path)


def run(monkeypatch, repo, *arguments):
    monkeypatch.setattr(sys, 'argv', ['lsp_to_coco.py', *map(str, arguments)])
    runpy.run_path(str(repo / 'tools/converters/lsp_to_coco.py'), run_name='__main__')


def test_script_converts_a_range_and_counts(source, tmp_path, monkeypatch, repo, capsys):
    out = tmp_path / 'out.json'
    run(monkeypatch, repo, source, '--ids', '1-2', '--out', out)
    assert len(json.loads(out.read_text())['images']) == 2
    run(monkeypatch, repo, source, '--out', out)
    assert '3 images; left out: 1 not in the folder, 1 without' in capsys.readouterr().out


def test_script_reports_wrong_input_in_one_line(tmp_path, monkeypatch, repo):
    with pytest.raises(SystemExit, match=r'^lsp_to_coco: .*joints\.mat does not exist$'):
        run(monkeypatch, repo, tmp_path, '--out', tmp_path / 'out.json')
    assert not (tmp_path / 'out.json').exists()


@pytest.mark.parametrize(('part', 'count'), [('train', 2594), ('val', 607)])
def test_real_parts_have_all_their_images_and_labels(shared_data, part, count):
    source = shared_data / 'lsp_extended_subset'
    document, absent, unlabelled = convert_lsp(source, read_image_numbers(source / f'{part}.txt'))
    assert (len(document['images']), absent, unlabelled) == (count, [], [])
    assert {entry['num_keypoints'] for entry in document['annotations']} == {14}


def test_real_folder_without_a_list_gives_the_images_that_are_there(shared_data):
    document, absent, _ = convert_lsp(shared_data / 'lsp_extended_subset')
    assert (len(document['images']), len(absent)) == (3201, 10000 - 3201)
