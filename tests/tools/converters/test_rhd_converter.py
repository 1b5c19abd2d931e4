"""RHD on files made in its layout, and pickles that must not run code."""

import pickle

import cv2
import numpy as np
import pytest
from forged_pickles import Call
from mmpose.datasets.datasets.hand import Rhd2DDataset
from mmpose.datasets.transforms import LoadImage
from rhd_to_coco import convert_rhd

SIZE = 320


def labels(seed):
    """Return one image's annotation: 42 points in pixels and whether they are visible."""
    rng = np.random.default_rng(seed)
    visible = rng.random(42) > 0.3
    pixels = rng.uniform(60, SIZE - 60, (42, 2))
    return dict(uv_vis=np.column_stack([pixels, visible]).astype(np.float32))


def write_labels(source, content):
    data = content if isinstance(content, bytes) else pickle.dumps(content)
    (source / 'training' / 'anno_training.pickle').write_bytes(data)


@pytest.fixture
def source(tmp_path):
    """Three images: mainly a left hand, mainly a right one, no hand."""
    folder = tmp_path / 'RHD_published_v2'
    for kind in ('mask', 'color'):
        (folder / 'training' / kind).mkdir(parents=True)
    for number, (left, right) in enumerate([(9, 4), (4, 9), (0, 0)]):  # rows of each hand
        mask = np.ones((SIZE, SIZE), np.uint8)  # a person without hands
        mask[:left] = np.linspace(2, 17, SIZE).round()
        mask[SIZE - right :] = np.linspace(18, 33, SIZE).round()
        for kind, image in dict(mask=mask, color=np.full((SIZE, SIZE, 3), 90, np.uint8)).items():
            cv2.imwrite(str(folder / 'training' / kind / f'{number:05d}.png'), image)
    write_labels(folder, {number: labels(number) for number in range(3)})
    return folder


def test_each_image_gives_its_dominant_hand(source):
    document, left_out = convert_rhd(source, 'train')
    assert left_out.total() == 1
    for number, start in [(0, 0), (1, 21)]:
        keypoints = np.reshape(document['annotations'][number]['keypoints'], (21, 3))
        expected = labels(number)['uv_vis'][start : start + 21]
        np.testing.assert_allclose(keypoints[:, :2], expected[:, :2], atol=1e-3)
        np.testing.assert_array_equal(keypoints[:, 2], np.where(expected[:, 2] > 0, 2, 1))


def test_keypoint_outside_of_the_image_is_unlabelled_and_outside_of_the_box(source):
    content = labels(0)
    content['uv_vis'][4] = (500, 20, 1)
    write_labels(source, {0: content})
    entry = convert_rhd(source, 'train').document['annotations'][0]
    assert entry['keypoints'][12:15] == [0, 0, 0]
    rest = np.delete(labels(0)['uv_vis'][:21, :2], 4, axis=0)
    low, extent = rest.min(axis=0), np.ptp(rest, axis=0)
    expected = [*(low - 0.1 * extent), *(1.2 * extent)]
    np.testing.assert_allclose(entry['bbox'], expected, atol=1e-2)


def test_pickle_with_code_is_refused_and_nothing_ran(source, tmp_path):
    trace = tmp_path / 'trace'
    write_labels(source, {7: {**labels(7), 'more': Call(open, str(trace), 'w')}})
    with pytest.raises(ValueError, match=r'holds more than arrays: _?io\.open'):
        convert_rhd(source, 'train')
    assert not trace.exists()


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        (b'no pickle', 'not a readable pickle of arrays'),
        ([1, 2], 'should hold "uv_vis" by image number'),
        ({3: dict(K=np.eye(3))}, 'should hold'),
    ],
)
def test_wrong_content_is_refused_with_a_reason(source, content, reason):
    write_labels(source, content)
    with pytest.raises(ValueError, match=reason):
        convert_rhd(source, 'train')


@pytest.mark.parametrize('kind', ['mask', 'color'])
def test_missing_image_is_named(source, kind):
    (source / 'training' / kind / '00001.png').unlink()
    with pytest.raises(ValueError, match=rf'{kind}/00001\.png is missing'):
        convert_rhd(source, 'train')


def test_the_script_writes_what_mmpose_reads(source, tmp_path, run_tool, monkeypatch, capsys):
    # MMPose looks for its data set descriptions below the working directory first.
    monkeypatch.chdir(tmp_path)
    out = source / 'train.json'
    run_tool('converters/rhd_to_coco', source, '--split', 'train', '--out', out)
    assert '2 annotations\nleft out: 1 without a hand' in capsys.readouterr().out
    data = Rhd2DDataset(ann_file='train.json', data_root=str(source), pipeline=[LoadImage()])
    assert len(data) == 2
    sample = data[1]
    assert sample['img'].shape == (SIZE, SIZE, 3)
    np.testing.assert_allclose(sample['keypoints'][0], labels(1)['uv_vis'][21:, :2], atol=1e-3)
    assert sample['keypoints_visible'].all()
