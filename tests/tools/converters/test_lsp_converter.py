"""LSP in both original layouts, on files made like them and on the real ones."""

import json

import cv2
import numpy as np
import pytest
from lsp_to_coco import convert_lsp, joints_to_keypoints, read_image_numbers
from scipy.io import savemat

from mmpose_stable.datasets.lsp import LSP_KEYPOINTS

WIDTH, HEIGHT = 120, 90


def joints_of(count):
    """(N, 14, 2) positions inside the image."""
    return np.random.default_rng(0).uniform(5, 80, (count, 14, 2))


def extended(points, visible):
    return np.concatenate([points, visible[..., None]], axis=-1).transpose(1, 2, 0)


def original(points, hidden):
    return np.concatenate([points, hidden[..., None]], axis=-1).transpose(2, 1, 0)


@pytest.fixture
def source(tmp_path):
    """Five images in the layout of LSP extended, the third absent, the fourth without labels."""
    points, visible = joints_of(5), np.ones((5, 14))
    visible[0, 2] = visible[3] = 0
    points[0, 2] = (0, -30)
    points[1, 0] = (-20, 40)
    folder = tmp_path / 'lspet'
    (folder / 'images').mkdir(parents=True)
    savemat(folder / 'joints.mat', dict(joints=extended(points, visible)))
    # The original sets have JPEG pictures; some distributions of the extended set have PNG.
    for name in ('im00001.jpg', 'im00002.png', 'im00004.jpg', 'im00005.png'):
        cv2.imwrite(str(folder / 'images' / name), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    return folder


@pytest.mark.parametrize('count', [3, 14])  # 14 images are told apart by the first two axes
@pytest.mark.parametrize(
    ('layout', 'flags', 'name'),
    [(extended, (0, 2), 'im00007'), (original, (2, 1), 'im0007')],
)
def test_the_third_value_says_labelled_in_the_extended_set_and_hidden_in_the_original(
    layout, flags, name, count
):
    points, third = joints_of(count), np.zeros((count, 14), int)
    third[1, 4] = 1
    labels = joints_to_keypoints(layout(points, third))
    np.testing.assert_array_equal(labels.keypoints[..., :2], points)
    np.testing.assert_array_equal(labels.keypoints[..., 2], np.array(flags)[third])
    assert labels.image_name.format(7) == name


def test_an_entry_holds_joints_even_outside_and_a_box_around_the_labelled_ones(source):
    document, left_out = convert_lsp(source)
    assert [image['id'] for image in document['images']] == [1, 2, 5]
    assert [image['file_name'][-3:] for image in document['images']] == ['jpg', 'png', 'png']
    assert list(left_out.values()) == [1, 1]
    entry = document['annotations'][0]
    keypoints = np.reshape(entry['keypoints'], (14, 3))
    points = joints_of(5)[0]
    np.testing.assert_array_equal(keypoints[2], 0)
    rest = np.delete(np.arange(14), 2)
    np.testing.assert_allclose(keypoints[rest, :2], points[rest], atol=1e-4)
    low, high = points[rest].min(axis=0), points[rest].max(axis=0)
    margin = 0.1 * max(high - low)
    low, high = np.maximum(low - margin, 0), np.minimum(high + margin, [WIDTH - 1, HEIGHT - 1])
    np.testing.assert_allclose(entry['bbox'], [*low, *(high - low)], atol=1e-3)
    outside = document['annotations'][1]
    assert outside['keypoints'][:3] == [-20, 40, 2]
    assert outside['bbox'][0] == 0
    assert document['images'][0]['width'] == WIDTH
    assert tuple(document['categories'][0]['keypoints']) == LSP_KEYPOINTS


@pytest.mark.parametrize(
    ('numbers', 'message'),
    [
        ([1, 3], r'has neither im00003\.jpg nor'),
        ([6], 'image 6 is not among the 5'),
        ([4], 'has no usable image'),
    ],
)
def test_listed_images_have_to_exist(source, numbers, message):
    with pytest.raises(ValueError, match=message):
        convert_lsp(source, numbers)


def test_labels_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r'should have the shape \(3, 14, N\)'):
        joints_to_keypoints(np.zeros((14, 2, 5)))


def test_lists_take_names_and_numbers(tmp_path):
    path = tmp_path / 'split.txt'
    path.write_text('im00101.jpg\nim00102\n103\n\nim0104.jpg\n')
    assert read_image_numbers(path) == [101, 102, 103, 104]
    path.write_text('im00101.jpg\ncat.png\n')
    with pytest.raises(ValueError, match=r"has 'cat\.png'"):
        read_image_numbers(path)


def test_script_converts_a_range_counts_and_reports_wrong_input(source, tmp_path, run_tool, capsys):
    out = tmp_path / 'out.json'
    with pytest.raises(SystemExit):
        run_tool('converters/lsp_to_coco', tmp_path, '--out', out)
    assert 'joints.mat is missing' in capsys.readouterr().err
    run_tool('converters/lsp_to_coco', source, '--ids', '1-2', '--out', out)
    assert len(json.loads(out.read_text())['images']) == 2
    run_tool('converters/lsp_to_coco', source, '--out', out)
    assert '3 annotations\nleft out: 1 not in the folder' in capsys.readouterr().out


@pytest.mark.parametrize(('part', 'count'), [('train', 2594), ('val', 607), (None, 3201)])
def test_real_parts_have_all_their_images_and_labels(shared_data, part, count):
    source = shared_data / 'lsp_extended_subset'
    numbers = read_image_numbers(source / f'{part}.txt') if part else None
    document, left_out = convert_lsp(source, numbers)
    assert len(document['images']) == count
    assert left_out.total() == (0 if part else 10000 - 3201)
    assert {entry['num_keypoints'] for entry in document['annotations']} == {14}
