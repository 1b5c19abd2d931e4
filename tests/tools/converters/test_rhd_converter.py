"""RHD on files made in its layout, and pickles that must not run code."""

import json
import pickle
import runpy
import sys

import cv2
import numpy as np
import pytest
from annotation_files import ConversionError, write_annotations
from mmpose.datasets.datasets.hand import Rhd2DDataset
from mmpose.datasets.transforms import LoadImage
from rhd_to_coco import convert_rhd, dominant_hand, read_annotations

SIZE = 320
FOCAL = 280.0


def labels(seed):
    """Return one image's annotation: 42 points in metres and their projections."""
    rng = np.random.default_rng(seed)
    xyz = np.column_stack([rng.uniform(-0.2, 0.2, (42, 2)), rng.uniform(0.5, 0.8, 42)])
    intrinsics = np.array([[FOCAL, 0, 160], [0, FOCAL, 160], [0, 0, 1]])
    pixels = xyz[:, :2] / xyz[:, 2:] * FOCAL + 160
    visible = (rng.random(42) > 0.3).astype(float)
    return dict(
        xyz=xyz.astype(np.float32),
        uv_vis=np.column_stack([pixels, visible]).astype(np.float32),
        K=intrinsics.astype(np.float32),
    )


def write_image(folder, number, left, right):
    """Write a colour image and a mask with so many rows of left and right hand."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:left] = np.linspace(2, 17, SIZE).round()
    mask[SIZE - right :] = np.linspace(18, 33, SIZE).round()
    for kind, image in dict(mask=mask, color=np.full((SIZE, SIZE, 3), 90, np.uint8)).items():
        (folder / kind).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / kind / f'{number:05d}.png'), image)


@pytest.fixture
def source(tmp_path):
    """Three images: mainly a left hand, mainly a right one, no hand."""
    folder = tmp_path / 'RHD_published_v2'
    for number, rows in enumerate([(9, 4), (4, 9), (0, 0)]):
        write_image(folder / 'training', number, *rows)
    content = {number: labels(number) for number in range(3)}
    (folder / 'training' / 'anno_training.pickle').write_bytes(pickle.dumps(content))
    return folder


def test_dominant_hand_has_more_pixels():
    mask = np.array([[0, 1, 1, 1, 2, 17, 18, 33, 33]])
    assert dominant_hand(mask) == 'right'
    assert dominant_hand(mask[:, :7]) == 'left'
    assert dominant_hand(mask[:, :4]) is None


def test_each_image_gives_its_dominant_hand(source):
    document, without_hand = convert_rhd(source, 'train')
    assert without_hand == [2]
    assert [entry['hand_type'] for entry in document['annotations']] == ['left', 'right']
    for number, start in [(0, 0), (1, 21)]:
        truth = labels(number)
        keypoints = np.reshape(document['annotations'][number]['keypoints'], (21, 3))
        expected = truth['uv_vis'][start : start + 21]
        np.testing.assert_allclose(keypoints[:, :2], expected[:, :2], atol=1e-3)
        np.testing.assert_array_equal(keypoints[:, 2], np.where(expected[:, 2] > 0, 2, 1))


def test_camera_and_joints_project_to_the_keypoints(source):
    document, _ = convert_rhd(source, 'train')
    for image, entry in zip(document['images'], document['annotations'], strict=True):
        joints, camera = np.array(entry['joint_cam']), image['cam_param']
        pixels = joints[:, :2] / joints[:, 2:] * camera['focal'] + camera['princpt']
        np.testing.assert_allclose(
            pixels, np.reshape(entry['keypoints'], (21, 3))[:, :2], atol=1e-2
        )
        assert 500 <= joints[:, 2].min() <= joints[:, 2].max() <= 800


def test_keypoint_outside_of_the_image_is_unlabelled_and_outside_of_the_box(source):
    content = {0: labels(0)}
    content[0]['uv_vis'][4] = (500, 20, 1)
    (source / 'training' / 'anno_training.pickle').write_bytes(pickle.dumps(content))
    entry = convert_rhd(source, 'train').document['annotations'][0]
    assert entry['keypoints'][12:15] == [0, 0, 0]
    rest = np.delete(labels(0)['uv_vis'][:21, :2], 4, axis=0)
    low, extent = rest.min(axis=0), np.ptp(rest, axis=0)
    expected = [*(low - 0.1 * extent), *(1.2 * extent)]
    np.testing.assert_allclose(entry['bbox'], expected, atol=1e-2)


def test_document_loads_as_mmpose_dataset(source, tmp_path, monkeypatch):
    # MMPose looks for its data set descriptions below the working directory first.
    monkeypatch.chdir(tmp_path)
    write_annotations(convert_rhd(source, 'train').document, source / 'train.json')
    data = Rhd2DDataset(ann_file='train.json', data_root=str(source), pipeline=[LoadImage()])
    assert len(data) == 2
    sample = data[1]
    assert sample['img'].shape == (SIZE, SIZE, 3)
    np.testing.assert_allclose(sample['keypoints'][0], labels(1)['uv_vis'][21:, :2], atol=1e-3)
    assert sample['keypoints_visible'].all()


@pytest.mark.parametrize('protocol', range(5))
def test_arrays_of_the_pickle_protocols_of_its_time_are_read(tmp_path, protocol):
    content = {7: labels(7)}
    (tmp_path / 'a.pickle').write_bytes(pickle.dumps(content, protocol=protocol))
    read = read_annotations(tmp_path / 'a.pickle')
    for field, value in content[7].items():
        np.testing.assert_array_equal(read[7][field], value)


def test_arrays_pickled_by_either_numpy_are_read(tmp_path):
    data = pickle.dumps({7: labels(7)}, protocol=2)
    for old, new in [(b'numpy.core.multiarray', b'numpy._core.multiarray')]:
        for written in (data.replace(new, old), data.replace(old, new)):
            (tmp_path / 'a.pickle').write_bytes(written)
            assert read_annotations(tmp_path / 'a.pickle').keys() == {7}


class Payload:
    """Unpickled without care, this creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


def test_pickle_with_code_is_refused_and_nothing_ran(tmp_path):
    trace = tmp_path / 'trace'
    path = tmp_path / 'a.pickle'
    path.write_bytes(pickle.dumps({7: {**labels(7), 'more': Payload(trace)}}))
    with pytest.raises(ConversionError, match=r'holds more than arrays: _?io\.open'):
        read_annotations(path)
    assert not trace.exists()
    pickle.loads(path.read_bytes())
    assert trace.exists(), 'the payload is harmless, so this test shows nothing'


def test_wrong_content_is_refused_with_a_reason(source):
    path = source / 'training' / 'anno_training.pickle'
    with pytest.raises(ConversionError, match=r'anno_evaluation\.pickle does not exist'):
        convert_rhd(source, 'test')
    for content, reason in [
        (b'no pickle', 'not a pickle of arrays'),
        (pickle.dumps([1, 2]), 'should hold a dict'),
        (pickle.dumps({}), 'should hold a dict'),
        (pickle.dumps({3: {**labels(0), 'K': np.eye(4)}}), r'"K" of image 3 .* not|has \(4, 4\)'),
        (pickle.dumps({3: dict(K=np.eye(3))}), r'"uv_vis" of image 3'),
    ]:
        path.write_bytes(content)
        with pytest.raises(ConversionError, match=reason):
            convert_rhd(source, 'train')


def test_keypoints_that_are_not_finite_are_refused(source):
    content = {0: labels(0)}
    content[0]['uv_vis'][3, 0] = np.nan
    (source / 'training' / 'anno_training.pickle').write_bytes(pickle.dumps(content))
    with pytest.raises(ConversionError, match='"uv_vis" of image 0 is not finite'):
        convert_rhd(source, 'train')


@pytest.mark.parametrize('kind', ['mask', 'color'])
def test_missing_image_is_named(source, kind):
    (source / 'training' / kind / '00001.png').unlink()
    with pytest.raises(ConversionError, match=rf'{kind}/00001\.png does not exist'):
        convert_rhd(source, 'train')


def test_script_converts_a_split(source, tmp_path, monkeypatch, repo, capsys):
    out = tmp_path / 'out.json'
    script = str(repo / 'tools/converters/rhd_to_coco.py')
    arguments = [str(source), '--split', 'train', '--out', str(out)]
    monkeypatch.setattr(sys, 'argv', ['rhd_to_coco.py', *arguments])
    runpy.run_path(script, run_name='__main__')
    assert len(json.loads(out.read_text())['annotations']) == 2
    assert '2 images; left out: 1 without a hand' in capsys.readouterr().out
    sys.argv[3] = 'test'
    with pytest.raises(SystemExit, match=r'^rhd_to_coco: .*anno_evaluation\.pickle'):
        runpy.run_path(script, run_name='__main__')
